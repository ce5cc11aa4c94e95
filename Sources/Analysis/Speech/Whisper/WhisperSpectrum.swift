import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What Whisper hears: the logarithm of mel bands in frames of 25 ms every 10 ms (Radford et al., 2023, 2.2), freed of steady noise. For one
/// thread at a time.
final class WhisperSpectrum {
    private static let hop = 160
    private static let frameSize = 400

    private let mels: Int
    private let transform = FoldedTransform(size: frameSize)
    private let bank: MelFilterBank

    init(mels: Int) {
        self.mels = mels
        bank = MelFilterBank(bandCount: mels, transformSize: Self.frameSize, sampleRate: 16_000)
    }

    /// `[frames][mels]` of mono samples at 16 kHz; after the samples comes silence. Where the recording is 8 (of logarithms to the base
    /// of 10) below its loudest place it is as quiet as that.
    func frames(_ samples: [Float], count: Int) -> [Float] {
        let stream = FrameStream(frameSize: Self.frameSize, hop: Self.hop, window: .hann)
        let bins = bank.binCount
        var frame = [Float](repeating: 0, count: bins)
        var power: [Float] = []
        power.reserveCapacity(count * bins)
        let take: (UnsafeBufferPointer<Float>) -> Void = { samples in
            guard power.count < count * bins else { return }
            self.transform.power(of: samples, into: &frame)
            // Samples may be finite and their powers not.
            for value in frame { power.append(min(value, 1e30)) }
        }
        stream.push(samples, take)
        stream.finish(take)
        SteadyNoise.remove(from: &power, bins: bins)
        var result = [Float](repeating: 0, count: count * mels)
        result.withUnsafeMutableBufferPointer { result in
            guard let result = result.baseAddress else { return }
            power.withUnsafeBufferPointer { buffer in
                guard let power = buffer.baseAddress else { return }
                for frame in 0..<(buffer.count / bins) {
                    bank.apply(power: power + frame * bins, into: result + frame * mels)
                }
            }
            var loudest: Float = -10
            for index in 0..<(count * mels) {
                result[index] = log10(max(result[index], 1e-10))
                loudest = max(loudest, result[index])
            }
            for index in 0..<(count * mels) { result[index] = (max(result[index], loudest - 8) + 4) / 4 }
        }
        return result
    }
}
