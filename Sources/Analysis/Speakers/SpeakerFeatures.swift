import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

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

/// Squared magnitudes of a real signal's Fourier transform, for a size that is no power of two but a multiple of four.
///
/// The sums themselves, halved twice by the symmetry of cosine and sine about `size/2` and `size/4`: 40 000
/// multiplications for 400 samples, a hundredth of what the encoder spends on a frame.
private final class FoldedTransform {
    private let size: Int
    /// Terms of a sum, padded to whole vectors.
    private let width: Int
    /// `[bins][width]`.
    private let cosines: [Float]
    private let sines: [Float]
    private var evenCosine: [Float]
    private var oddCosine: [Float]
    private var evenSine: [Float]
    private var oddSine: [Float]

    init(size: Int) {
        precondition(size > 0 && size % 4 == 0, "the size must be a multiple of four")
        self.size = size
        let terms = size / 4 + 1
        let width = (terms + 7) / 8 * 8
        self.width = width
        var cosines = [Float](repeating: 0, count: (size / 2 + 1) * width)
        var sines = cosines
        for bin in 0...(size / 2) {
            for term in 0..<terms {
                // The product is reduced first, so that the angle keeps its digits.
                let angle = 2 * Double.pi * Double(bin * term % size) / Double(size)
                cosines[bin * width + term] = Float(cos(angle))
                sines[bin * width + term] = Float(sin(angle))
            }
        }
        self.cosines = cosines
        self.sines = sines
        evenCosine = [Float](repeating: 0, count: width)
        oddCosine = evenCosine
        evenSine = evenCosine
        oddSine = evenCosine
    }

    /// - Parameters:
    ///   - frame: `size` samples.
    ///   - output: `size/2 + 1` values.
    func power(of frame: UnsafeBufferPointer<Float>, into output: inout [Float]) {
        fold(frame)
        let width = width
        cosines.withUnsafeBufferPointer { cosines in
            sines.withUnsafeBufferPointer { sines in
                guard let cosines = cosines.baseAddress, let sines = sines.baseAddress else { return }
                for bin in 0...(size / 2) {
                    let isOdd = bin % 2 == 1
                    let real = dotProduct(cosines + bin * width, isOdd ? oddCosine : evenCosine, count: width)
                    let imaginary = dotProduct(sines + bin * width, isOdd ? oddSine : evenSine, count: width)
                    output[bin] = real * real + imaginary * imaginary
                }
            }
        }
    }

    /// Adds up the samples that meet the same cosine or sine, but for its sign.
    private func fold(_ frame: UnsafeBufferPointer<Float>) {
        let half = size / 2
        let quarter = size / 4
        for term in 0..<quarter {
            let mirror = half - term
            let evenHere = term == 0 ? frame[0] : frame[term] + frame[size - term]
            let evenThere = term == 0 ? frame[half] : frame[mirror] + frame[size - mirror]
            let oddHere = term == 0 ? 0 : frame[term] - frame[size - term]
            let oddThere = term == 0 ? 0 : frame[mirror] - frame[size - mirror]
            evenCosine[term] = evenHere + evenThere
            oddCosine[term] = evenHere - evenThere
            evenSine[term] = oddHere - oddThere
            oddSine[term] = oddHere + oddThere
        }
        // The sample in the middle meets itself. Its cosine is 0 for odd bins, its sine for even ones.
        evenCosine[quarter] = frame[quarter] + frame[size - quarter]
        oddSine[quarter] = frame[quarter] - frame[size - quarter]
    }
}
