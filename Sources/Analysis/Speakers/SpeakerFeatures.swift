package import Signal

/// What the speaker encoder hears: the power of 40 mel bands in frames of 25 ms every 10 ms, not compressed.
///
/// The values are those of librosa's `feature.melspectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40)`, with which
/// the encoder was trained. Samples may come in blocks of any size. Not to be shared by threads.
package final class SpeakerFeatures {
    /// Bands of a frame.
    package static let bandCount = 40
    /// Samples from frame to frame.
    package static let hop = 160
    private static let frameSize = 400

    private let frames = FrameStream(frameSize: frameSize, hop: hop, window: .hann)
    private let transform = FoldedTransform(size: frameSize)
    private let bank = MelFilterBank(bandCount: bandCount, transformSize: frameSize, sampleRate: 16_000)
    private var power: [Float]

    package init() {
        power = [Float](repeating: 0, count: bank.binCount)
    }

    /// Adds samples; appends the frames that they complete to `output`.
    package func append(_ samples: UnsafeBufferPointer<Float>, into output: inout [Float]) {
        frames.push(samples) { analyze($0, into: &output) }
    }

    /// Ends the stream; appends the last frames.
    package func finish(into output: inout [Float]) {
        frames.finish { analyze($0, into: &output) }
    }

    private func analyze(_ frame: UnsafeBufferPointer<Float>, into output: inout [Float]) {
        transform.power(of: frame, into: &power)
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: Self.bandCount))
        power.withUnsafeBufferPointer { power in
            output.withUnsafeMutableBufferPointer { output in
                guard let power = power.baseAddress, let output = output.baseAddress else { return }
                bank.apply(power: power, into: output + start)
            }
        }
    }
}

extension SpeakerFeatures: Resumable {
    package func save(to writer: inout StateWriter) { frames.save(to: &writer) }

    package func restore(from reader: inout StateReader) throws { try frames.restore(from: &reader) }
}
