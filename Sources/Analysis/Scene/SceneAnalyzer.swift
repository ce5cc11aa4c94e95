package import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds where a recording holds speech, music (also under speech), silence and other sound.
///
/// A small network (`SceneNetwork`) listens to a mel spectrogram and judges each layer for each 40 ms; with a voice
/// activity model's probabilities, both decide about speech. Smoothing, minimum lengths and edges are `SceneDecoder`'s.
/// Samples may come in blocks of any size, the result does not depend on it. Memory: 400 bytes a second. Not to be shared by threads.
public final class SceneAnalyzer {
    /// Rate of the mono samples, Hz.
    public static let sampleRateHz = 16_000
    /// Changes whenever the output may change.
    public static let version = "scene_tcn_v7"

    /// Samples of one level (10 ms).
    static let levelHop = 160
    /// Steps that leave the network at once; its context is computed again on both sides.
    private static let chunk = 1024
    /// Frames that are collected before they enter the network.
    private static let enteringFrames = 128

    /// How layers are decided.
    package var options = SceneDecoder.Options()

    /// Frames of 10 ms that are decided at once, and heard to either side; nil for the usual ones.
    package var window: (length: Int, margin: Int)?

    private let spectrogram = MelSpectrogram(options: SceneFrontEnd.options)
    private let network = SceneNetwork.trained
    /// Frames that steps to come hear: `[frames][bands]`, normalised. The first of all is an empty one before the start.
    private var frames: [Float]
    private var frameCount = 0
    /// Steps that entered the network: `[steps][channels]`, the first being number `firstStep`.
    private var steps: [Float] = []
    private var firstStep = 0
    private var stepCount = 0
    private var logits = PackedNumbers(scale: 512)
    private var levels = SceneLevels()
    private var scratch = [Float](repeating: 0, count: 4096)
    private var isFinished = false

    public init() {
        frames = Self.emptyFrame
    }

    /// Adds samples.
    ///
    /// - Parameter samples: Any number, full scale ±1. Infinite samples and NaN count as 0; what exceeds ±4 is clipped.
    public func append(_ samples: UnsafeBufferPointer<Float>) {
        guard !isFinished else { return }
        var position = 0
        while position < samples.count {
            let count = min(scratch.count, samples.count - position)
            for index in 0..<count {
                let value = samples[position + index]
                scratch[index] = value.isFinite ? max(-4, min(4, value)) : 0
            }
            position += count
            scratch.withUnsafeBufferPointer { buffer in
                let block = UnsafeBufferPointer(rebasing: buffer[0..<count])
                levels.append(block)
                spectrogram.push(block) { take($0) }
            }
        }
    }

    /// Ends the recording and decides.
    ///
    /// - Parameters:
    ///   - voice: Probability of speech from a voice activity model; nil where there is none. Hops that are missing at
    ///     the end count as unknown, surplus ones are ignored.
    ///   - minSilenceMs: Pauses in speech below this length do not divide it; silence is at least this long.
    /// - Returns: The layers; empty ones for an empty recording or when called again.
    public func finish(voice: VoiceActivity?, minSilenceMs: Int) -> SceneLayers {
        guard !isFinished else { return SceneLayers() }
        isFinished = true
        spectrogram.finish { take($0) }
        // The last steps lack frames.
        let wanted = (frameCount + 1) / 2
        let missing = (2 * (wanted - stepCount) + 2) - frames.count / SceneFrontEnd.bandCount
        for _ in 0..<max(0, missing) { frames += Self.emptyFrame }
        enter()
        runNetwork(isLast: true)
        levels.finish()
        var windows = SceneWindows(
            levels: levels.values, logits: logits, voice: voice?.probabilities, sampleCount: levels.sampleCount,
            minSilence: Double(max(0, minSilenceMs)) / 1000, options: options)
        if let window { (windows.length, windows.margin) = window }
        return windows.layers()
    }

    /// A frame of silence, normalised.
    private static let emptyFrame = [Float](
        repeating: SceneFrontEnd.normalized(SceneFrontEnd.floor), count: SceneFrontEnd.bandCount)

    /// Takes one frame.
    private func take(_ bands: UnsafeBufferPointer<Float>) {
        for band in bands { frames.append(SceneFrontEnd.normalized(band)) }
        frameCount += 1
        guard frameCount % Self.enteringFrames == 0 else { return }
        enter()
        runNetwork(isLast: false)
    }

    /// Enters the steps whose frames are known. Step `k` hears frames `2k − 1 ... 2k + 2`.
    private func enter() {
        let count = (frames.count / SceneFrontEnd.bandCount - 2) / 2
        guard count > 0 else { return }
        steps += network.enter(frames, count: count)
        stepCount += count
        frames.removeFirst(2 * count * SceneFrontEnd.bandCount)
    }

    /// Runs the blocks over full chunks, or over all that is left.
    private func runNetwork(isLast: Bool) {
        let reach = SceneNetwork.reach
        while true {
            let done = logits.count / SceneNetwork.outputs
            let end = isLast ? stepCount : done + Self.chunk
            guard end > done, isLast || end + reach <= stepCount else { return }
            let outputs = network.run(steps)
            let skip = done - firstStep
            for number in outputs[(skip * SceneNetwork.outputs)..<((end - firstStep) * SceneNetwork.outputs)] {
                logits.append(number)
            }
            let drop = max(0, end - reach - firstStep)
            steps.removeFirst(drop * SceneNetwork.channels)
            firstStep += drop
        }
    }
}

extension SceneAnalyzer: Resumable {
    package func save(to writer: inout StateWriter) {
        spectrogram.save(to: &writer)
        logits.save(to: &writer)
        levels.save(to: &writer)
        writer.write(frames)
        writer.write(steps)
        writer.write([frameCount, firstStep, stepCount])
    }

    package func restore(from reader: inout StateReader) throws {
        try spectrogram.restore(from: &reader)
        try logits.restore(from: &reader)
        try levels.restore(from: &reader)
        frames = try reader.values()
        steps = try reader.values()
        let counts: [Int] = try reader.values()
        guard counts.count == 3 else { throw StateReader.Mismatch() }
        (frameCount, firstStep, stepCount) = (counts[0], counts[1], counts[2])
    }

    package func recall(_ lists: RecalledLists) throws {
        try logits.recall(lists)
        try levels.recall(lists)
    }
}
