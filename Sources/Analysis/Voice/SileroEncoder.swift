import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The part of Silero VAD that hears each window of 512 samples by itself, many windows at once: magnitudes of four
/// short spectra, four convolutions over them, and what the recurrent cell's gates get from the outcome.
///
/// A window is mirrored at its ends, as whisper.cpp does. (The original package puts the last 64 samples of the window
/// before it in front instead, and mirrors the end only.)
final class SileroEncoder {
    /// Windows at once, at most.
    static let mostWindows = 16
    /// Numbers for the gates of a window.
    static let gates = 512

    private static let window = VoiceActivity.hop
    /// Samples that mirroring adds at either end.
    private static let margin = 64
    private static let padded = window + 2 * margin
    private static let frames = 4
    private static let frameHop = 128
    private static let transform = 256
    private static let bins = 129

    private let fourier = RealFFT(size: SileroEncoder.transform)
    /// Set where the file's spectra are other than those of Hann's window.
    private let basis: DenseLayer?
    /// The first convolution, for the first frame, those inside and the last: what lies outside of a window is 0.
    private let first: (start: DenseLayer, middle: DenseLayer, end: DenseLayer)
    /// The second one steps by two frames.
    private let second: (start: DenseLayer, end: DenseLayer)
    private let third: DenseLayer
    private let fourth: DenseLayer
    private let gateLayer: DenseLayer

    // Reused from batch to batch: `[windows][padded]`, then `[frames][windows][channels]`.
    private let samples = FloatBuffer(count: mostWindows * padded)
    private let shape = FloatBuffer(count: transform)
    private let frame = FloatBuffer(count: transform)
    private let projections = FloatBuffer(count: mostWindows * projectionWidth)
    private let spectra = FloatBuffer(count: frames * mostWindows * bins)
    private let firstOutputs = FloatBuffer(count: frames * mostWindows * 128)
    private let secondOutputs = FloatBuffer(count: 2 * mostWindows * 64)
    private let thirdOutputs = FloatBuffer(count: mostWindows * 64)
    private let fourthOutputs = FloatBuffer(count: mostWindows * 128)

    /// Real and imaginary parts of a spectrum, rounded up to whole vectors.
    private static let projectionWidth = 272

    init(_ weights: SileroWeights) {
        /// The taps of a convolution, whose weights lie as `[outputs][inputs][taps]`.
        func layer(
            _ tensor: SileroWeights.Tensor, _ biases: SileroWeights.Tensor, taps: Range<Int> = 0..<3
        ) -> DenseLayer {
            DenseLayer(outputsFirst: weights[tensor], biases: weights[biases], taps: taps, of: 3)
        }
        first = (
            layer(.firstWeights, .firstBiases, taps: 1..<3), layer(.firstWeights, .firstBiases),
            layer(.firstWeights, .firstBiases, taps: 0..<2)
        )
        second = (layer(.secondWeights, .secondBiases, taps: 1..<3), layer(.secondWeights, .secondBiases))
        third = layer(.thirdWeights, .thirdBiases, taps: 1..<3)
        fourth = layer(.fourthWeights, .fourthBiases, taps: 1..<2)
        let biases = zip(weights[.inputBiases], weights[.stateBiases]).map { $0 + $1 }
        gateLayer = DenseLayer(outputsFirst: weights[.inputWeights], biases: biases, taps: 0..<1, of: 1)
        let hann = (0..<Self.transform).map { index in
            0.5 - 0.5 * cos(2 * Double.pi * Double(index) / Double(Self.transform))
        }
        for (index, value) in hann.enumerated() { shape.base[index] = Float(value) }
        basis = Self.isFourier(weights[.basis], window: hann) ? nil : Self.basisLayer(weights[.basis])
    }

    /// Whether the basis, real parts, then imaginary ones, is the Fourier transform of windowed samples, as well as 16
    /// bits can say it.
    private static func isFourier(_ basis: [Float], window: [Double]) -> Bool {
        let turn = (0..<transform).map { 2 * Double.pi * Double($0) / Double(transform) }
        let (cosines, sines) = (turn.map { cos($0) }, turn.map { sin($0) })
        for bin in 0..<bins {
            for index in 0..<transform {
                let angle = bin * index % transform
                let real = window[index] * cosines[angle]
                let imaginary = -window[index] * sines[angle]
                let differences = (
                    abs(Double(basis[bin * transform + index]) - real),
                    abs(Double(basis[(bins + bin) * transform + index]) - imaginary)
                )
                guard differences.0 <= abs(real) * 0x1p-11 + 1e-7, differences.1 <= abs(imaginary) * 0x1p-11 + 1e-7
                else { return false }
            }
        }
        return true
    }

    private static func basisLayer(_ basis: [Float]) -> DenseLayer {
        let empty = projectionWidth - 2 * bins
        return DenseLayer(
            outputsFirst: basis + [Float](repeating: 0, count: empty * transform),
            biases: [Float](repeating: 0, count: projectionWidth), taps: 0..<1, of: 1)
    }

    /// Hears windows that follow each other.
    ///
    /// - Parameters:
    ///   - source: At most `mostWindows · 512` samples; what the last window lacks counts as 0, and so does a sample that
    ///     is no number or absurd.
    ///   - target: Room for `[windows][gates]`.
    func run(_ source: UnsafeBufferPointer<Float>, into target: UnsafeMutablePointer<Float>) {
        precondition(source.count <= Self.mostWindows * Self.window, "more windows than there is room for")
        let windows = (source.count + Self.window - 1) / Self.window
        for window in 0..<windows {
            pad(UnsafeBufferPointer(rebasing: source[(window * Self.window)...].prefix(Self.window)), window)
        }
        for frame in 0..<Self.frames {
            let output = spectra.base + frame * windows * Self.bins
            if let basis {
                project(basis, frame: frame, windows: windows, into: output)
            } else {
                transform(frame: frame, windows: windows, into: output)
            }
        }
        convolve(windows)
        gateLayer.run(fourthOutputs.base, stride: gateLayer.inputs, rows: windows, into: target)
    }

    /// Puts a window in its place, mirrored at its ends.
    private func pad(_ source: UnsafeBufferPointer<Float>, _ window: Int) {
        let target = samples.base + window * Self.padded + Self.margin
        for index in source.indices { target[index] = abs(source[index]) <= 1e12 ? source[index] : 0 }
        for index in source.count..<Self.window { target[index] = 0 }
        for index in 1...Self.margin {
            target[-index] = target[index]
            target[Self.window - 1 + index] = target[Self.window - 1 - index]
        }
    }

    /// Magnitudes of a frame of each window, by the fast transform.
    private func transform(frame number: Int, windows: Int, into target: UnsafeMutablePointer<Float>) {
        for window in 0..<windows {
            let source = samples.base + window * Self.padded + number * Self.frameHop
            for index in 0..<Self.transform { frame.base[index] = source[index] * shape.base[index] }
            let magnitudes = target + window * Self.bins
            fourier.powerSpectrum(frame.base, into: magnitudes)
            for bin in 0..<Self.bins { magnitudes[bin] = magnitudes[bin].squareRoot() }
        }
    }

    /// Magnitudes of a frame of each window, by the file's own basis.
    private func project(_ basis: DenseLayer, frame: Int, windows: Int, into target: UnsafeMutablePointer<Float>) {
        basis.run(
            samples.base + frame * Self.frameHop, stride: Self.padded, rows: windows, into: projections.base)
        for window in 0..<windows {
            let parts = projections.base + window * Self.projectionWidth
            for bin in 0..<Self.bins {
                let (real, imaginary) = (parts[bin], parts[Self.bins + bin])
                target[window * Self.bins + bin] = (real * real + imaginary * imaginary).squareRoot()
            }
        }
    }

    /// The convolutions: four frames become two, then one; of the last one only the middle tap sees anything.
    private func convolve(_ windows: Int) {
        func place(_ room: FloatBuffer, _ frame: Int, _ width: Int) -> UnsafeMutablePointer<Float> {
            room.base + frame * windows * width
        }
        func spectrum(_ frame: Int) -> UnsafePointer<Float> { UnsafePointer(place(spectra, frame, Self.bins)) }
        func inner(_ frame: Int) -> UnsafePointer<Float> { UnsafePointer(place(firstOutputs, frame, 128)) }
        first.start.run(
            (spectrum(0), spectrum(1)), rows: windows, rectified: true, into: place(firstOutputs, 0, 128))
        for frame in 1...2 {
            first.middle.run(
                (spectrum(frame - 1), spectrum(frame), spectrum(frame + 1)), rows: windows, rectified: true,
                into: place(firstOutputs, frame, 128))
        }
        first.end.run((spectrum(2), spectrum(3)), rows: windows, rectified: true, into: place(firstOutputs, 3, 128))
        second.start.run((inner(0), inner(1)), rows: windows, rectified: true, into: place(secondOutputs, 0, 64))
        second.end.run(
            (inner(1), inner(2), inner(3)), rows: windows, rectified: true, into: place(secondOutputs, 1, 64))
        third.run(
            (UnsafePointer(place(secondOutputs, 0, 64)), UnsafePointer(place(secondOutputs, 1, 64))), rows: windows,
            rectified: true, into: thirdOutputs.base)
        fourth.run(thirdOutputs.base, stride: 64, rows: windows, rectified: true, into: fourthOutputs.base)
    }
}

extension DenseLayer {
    /// Makes a layer of some taps of weights that lie as `[outputs][inputs][count]`.
    init(outputsFirst weights: [Float], biases: [Float], taps: Range<Int>, of count: Int) {
        let outputs = biases.count
        let inputs = weights.count / outputs / count
        var ordered: [Float] = []
        ordered.reserveCapacity(taps.count * inputs * outputs)
        for tap in taps {
            for input in 0..<inputs {
                for output in 0..<outputs { ordered.append(weights[(output * inputs + input) * count + tap]) }
            }
        }
        self.init(weights: ordered, biases: biases, taps: taps.count)
    }
}
