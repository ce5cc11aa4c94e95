import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What Whisper hears: the logarithm of mel bands in frames of 25 ms every 10 ms (Radford et al., 2023, 2.2).
enum WhisperSpectrum {
    static let hop = 160
    private static let frameSize = 400

    /// `[frames][mels]` of mono samples at 16 kHz; after the samples comes silence. Where the recording is 8 (of logarithms to the base
    /// of 10) below its loudest place it is as quiet as that.
    static func frames(_ samples: [Float], count: Int, mels: Int) -> [Float] {
        let transform = FoldedTransform(size: frameSize)
        let bank = MelFilterBank(bandCount: mels, transformSize: frameSize, sampleRate: 16_000)
        let stream = FrameStream(frameSize: frameSize, hop: hop, window: .hann)
        var power = [Float](repeating: 0, count: bank.binCount)
        var result = [Float](repeating: 0, count: count * mels)
        var done = 0
        result.withUnsafeMutableBufferPointer { result in
            guard let result = result.baseAddress else { return }
            let take: (UnsafeBufferPointer<Float>) -> Void = { frame in
                guard done < count else { return }
                transform.power(of: frame, into: &power)
                power.withUnsafeBufferPointer { power in
                    if let power = power.baseAddress { bank.apply(power: power, into: result + done * mels) }
                }
                done += 1
            }
            stream.push(samples, take)
            stream.finish(take)
            var loudest: Float = -10
            for index in 0..<(count * mels) {
                result[index] = log10(min(max(result[index], 1e-10), 1e30))
                loudest = max(loudest, result[index])
            }
            for index in 0..<(count * mels) { result[index] = (max(result[index], loudest - 8) + 4) / 4 }
        }
        return result
    }
}
