import Dispatch
package import Signal

/// Hears the voices of a recording as it streams by.
///
/// Samples and probabilities of speech come in blocks of any size, either ahead of the other; the result does not depend
/// on it. Frames (16 kB a second) are kept until their probabilities are known and their talk is over, half a minute at
/// most; what stays is 1 kB for each stretch, that is for 0.8 s of talking. Not to be shared by threads.
package final class SpeakerListener {
    /// Rate of the mono samples, Hz.
    package static let sampleRateHz = 16_000
    /// Changes whenever the output may change.
    package static let version = "speakers_ge2e_v1"

    /// Mean square to which a stretch is brought before it is heard (−25 dBFS): powers are not compressed, so the
    /// encoder is not indifferent to loudness.
    private static let target: Float = 0.003_162_278
    /// Stretches that are collected before they are heard, so that those of similar length meet.
    private static let collected = 4 * SpeakerEncoder.lanes
    /// Frames (a minute) that may be kept for the sake of collecting.
    private static let patience = 6000

    private let encoder: SpeakerEncoder
    private let features = SpeakerFeatures()
    private var stretches = SpeakerStretches()
    /// Frames and their mean squares from number `firstFrame` on.
    private var frames: [Float] = []
    private var powers: [Float] = []
    private var firstFrame = 0
    /// The hop that is not complete.
    private var squares: Float = 0
    private var squareCount = 0
    /// Stretches that have not been heard.
    private var waiting: [SpeakerStretch] = []
    private var voices = SpeakerVoices()
    private var scratch: [Float] = []
    /// Where stretches are heard while the recording goes on; nil hears them at once.
    private let thread: DispatchQueue?
    /// Stretches that are being heard there.
    private var batch: Batch?

    /// Stretches on their way through the encoder. Invariant: the thread that hears them sets `vectors`, and nobody looks before it is done.
    private final class Batch: @unchecked Sendable {
        let stretches: [SpeakerStretch]
        let frames: [Float]
        let inputs: [SpeakerEncoder.Input]
        let encoder: SpeakerEncoder
        let done = DispatchSemaphore(value: 0)
        var vectors: [ArraySlice<Float>] = []

        init(_ stretches: [SpeakerStretch], frames: [Float], inputs: [SpeakerEncoder.Input], encoder: SpeakerEncoder) {
            self.stretches = stretches
            self.frames = frames
            self.inputs = inputs
            self.encoder = encoder
        }

        func hear() {
            // Those of similar length meet.
            let order = stretches.indices.sorted { (stretches[$0].heardCount, $0) < (stretches[$1].heardCount, $1) }
            vectors = [ArraySlice<Float>](repeating: [], count: stretches.count)
            for start in stride(from: 0, to: order.count, by: SpeakerEncoder.lanes) {
                let part = order[start..<min(order.count, start + SpeakerEncoder.lanes)]
                var output: [Float] = []
                encoder.embed(part.map { inputs[$0] }, of: frames, into: &output)
                for (lane, index) in part.enumerated() {
                    vectors[index] = output[(lane * SpeakerEncoder.width)..<((lane + 1) * SpeakerEncoder.width)]
                }
            }
        }
    }

    /// - Parameter usesThread: hears stretches on a thread of their own while more of the recording is taken.
    package init(weights: SpeakerEncoderWeights, usesThread: Bool = false) {
        encoder = SpeakerEncoder(weights: weights)
        thread = usesThread ? DispatchQueue(label: "cueline.speakers") : nil
    }

    /// Adds mono samples at 16 kHz, full scale ±1. Infinite samples and NaN count as 0; what exceeds ±4 is clipped.
    package func append(_ samples: UnsafeBufferPointer<Float>) {
        scratch.removeAll(keepingCapacity: true)
        for sample in samples { scratch.append(sample.isFinite ? max(-4, min(4, sample)) : 0) }
        scratch.withUnsafeBufferPointer { features.append($0, into: &frames) }
        for sample in scratch {
            squares += sample * sample
            squareCount += 1
            if squareCount == SpeakerFeatures.hop { endHop() }
        }
        work(isLast: false)
    }

    /// Adds probabilities of speech, one for each `VoiceActivity.hop` samples.
    package func append(voice probabilities: some Sequence<Float>) {
        for probability in probabilities { stretches.append(probability, into: &waiting) }
        work(isLast: false)
    }

    /// Ends the recording. The listener is of no use afterwards.
    package func finish() -> SpeakerVoices {
        features.finish(into: &frames)
        if squareCount > 0 { endHop() }
        stretches.finish(frames: known, into: &waiting)
        work(isLast: true)
        settle()
        return voices
    }

    /// Frames that are complete.
    private var known: Int { firstFrame + min(powers.count, frames.count / SpeakerFeatures.bandCount) }

    private func endHop() {
        powers.append(squares / Float(squareCount))
        squares = 0
        squareCount = 0
    }

    /// Hears what waits where that is due, and drops the frames that nothing needs any more.
    private func work(isLast: Bool) {
        let known = known
        let ready = waiting.prefix { ($0.heard.last?.upperBound ?? 0) <= known }
        let oldest = ready.first?.heard.first?.lowerBound ?? known
        if isLast || ready.count >= Self.collected || known - oldest >= Self.patience { hear(Array(ready)) }
        let needed = min(known, stretches.earliestFrame, waiting.first?.heard.first?.lowerBound ?? known)
        // Dropping moves what stays: not for every block.
        if needed - firstFrame >= 1000 { drop(before: needed) }
    }

    private func hear(_ ready: [SpeakerStretch]) {
        settle()
        waiting.removeFirst(ready.count)
        guard !ready.isEmpty else { return }
        let next = Batch(ready, frames: frames, inputs: ready.map(input), encoder: encoder)
        batch = next
        guard let thread else {
            next.hear()
            next.done.signal()
            return
        }
        thread.async {
            next.hear()
            next.done.signal()
        }
    }

    /// Waits for the stretches that are being heard. The encoder is used by one batch at a time.
    private func settle() {
        guard let batch else { return }
        batch.done.wait()
        for (stretch, vector) in zip(batch.stretches, batch.vectors) { voices.append(stretch, vector: vector) }
        self.batch = nil
    }

    private func input(_ stretch: SpeakerStretch) -> SpeakerEncoder.Input {
        let places = stretch.heard.map { ($0.lowerBound - firstFrame)..<($0.upperBound - firstFrame) }
        let power = places.reduce(0) { powers[$1].reduce($0, +) } / Float(max(1, stretch.heardCount))
        return SpeakerEncoder.Input(frames: places, gain: Self.target / (power + 1e-10))
    }

    private func drop(before frame: Int) {
        frames.removeFirst((frame - firstFrame) * SpeakerFeatures.bandCount)
        powers.removeFirst(frame - firstFrame)
        firstFrame = frame
    }
}

extension SpeakerListener: Resumable {
    package func save(to writer: inout StateWriter) {
        settle()
        features.save(to: &writer)
        stretches.save(to: &writer)
        voices.save(to: &writer)
        writer.write(frames)
        writer.write(powers)
        writer.write([firstFrame, squareCount, waiting.count])
        writer.write(squares)
        for stretch in waiting {
            writer.write(stretch.heard + [stretch.span])
            writer.write(stretch.weight)
        }
    }

    package func restore(from reader: inout StateReader) throws {
        try features.restore(from: &reader)
        try stretches.restore(from: &reader)
        try voices.restore(from: &reader)
        frames = try reader.values()
        powers = try reader.values()
        let counts: [Int] = try reader.values()
        guard counts.count == 3, counts[2] >= 0 else { throw StateReader.Mismatch() }
        (firstFrame, squareCount) = (counts[0], counts[1])
        squares = try reader.value()
        waiting = try (0..<counts[2]).map { _ in
            var heard = try reader.ranges()
            guard let span = heard.popLast() else { throw StateReader.Mismatch() }
            return SpeakerStretch(heard: heard, span: span, weight: try reader.value())
        }
    }

    package func recall(_ lists: RecalledLists) throws { try voices.recall(lists) }
}
