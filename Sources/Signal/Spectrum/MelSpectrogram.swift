#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A streaming mel spectrogram: framing, transform, filter bank and compression in one.
///
/// With default options and `.power` it gives the columns of librosa's `feature.melspectrogram`; with `.decibels`
/// those of `power_to_db` of it without `top_db`. Owns scratch memory: one stream a thread.
public final class MelSpectrogram {
    /// How band powers are compressed.
    public enum Compression: Sendable, Hashable {
        /// Not at all.
        case power
        /// `10·log10(max(p, 1e-10))`.
        case decibels
        /// `ln(1 + gain·p)`.
        case logarithm(gain: Float)
        /// `ln(max(p, floor))`.
        case flooredLogarithm(floor: Float)
    }

    /// What is computed.
    public struct Options: Sendable, Hashable {
        /// Hz.
        public var sampleRate: Double
        /// Samples in a frame and length of the transform: a power of two, 64...65536.
        public var frameSize: Int
        /// Samples between frames.
        public var hop: Int
        public var bandCount: Int
        /// Lower edge of the first band, Hz.
        public var lowest: Double
        /// Upper edge of the last band, Hz; nil for half the sample rate.
        public var highest: Double?
        public var scale: MelScale
        public var normalization: MelFilterBank.Normalization
        public var window: WindowShape
        public var compression: Compression

        /// Options, with librosa's defaults.
        public init(
            sampleRate: Double, frameSize: Int = 2048, hop: Int = 512, bandCount: Int = 128, lowest: Double = 0,
            highest: Double? = nil, scale: MelScale = .slaney, normalization: MelFilterBank.Normalization = .area,
            window: WindowShape = .hann, compression: Compression = .decibels
        ) {
            self.sampleRate = sampleRate
            self.frameSize = frameSize
            self.hop = hop
            self.bandCount = bandCount
            self.lowest = lowest
            self.highest = highest
            self.scale = scale
            self.normalization = normalization
            self.window = window
            self.compression = compression
        }
    }

    public let options: Options
    /// Frames given so far; frame `k` is centred on sample `k·hop`.
    public var frameCount: Int { frames.frameCount }

    private let frames: FrameStream
    private let transform: RealFFT
    private let bank: MelFilterBank
    private let power: FloatBuffer
    private let output: FloatBuffer

    public init(options: Options) {
        self.options = options
        frames = FrameStream(frameSize: options.frameSize, hop: options.hop, window: options.window)
        transform = RealFFT(size: options.frameSize)
        bank = MelFilterBank(
            bandCount: options.bandCount, transformSize: options.frameSize, sampleRate: options.sampleRate,
            lowest: options.lowest, highest: options.highest, scale: options.scale,
            normalization: options.normalization)
        power = FloatBuffer(count: transform.binCount)
        output = FloatBuffer(count: options.bandCount)
    }

    /// Adds samples; calls `body` with the `bandCount` values of each frame that they complete, valid during the call.
    public func push(_ samples: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<Float>) -> Void) {
        frames.push(samples) { analyze($0, body) }
    }

    /// Adds samples; calls `body` with the `bandCount` values of each frame that they complete, valid during the call.
    public func push(_ samples: [Float], _ body: (UnsafeBufferPointer<Float>) -> Void) {
        frames.push(samples) { analyze($0, body) }
    }

    /// Ends the stream; calls `body` with the last frames.
    public func finish(_ body: (UnsafeBufferPointer<Float>) -> Void) {
        frames.finish { analyze($0, body) }
    }

    /// All frames of one array, one behind the other: `[frames][bandCount]` in row order.
    public static func frames(of samples: [Float], options: Options) -> [Float] {
        let stream = MelSpectrogram(options: options)
        var values: [Float] = []
        values.reserveCapacity((samples.count / options.hop + 1) * options.bandCount)
        stream.push(samples) { values.append(contentsOf: $0) }
        stream.finish { values.append(contentsOf: $0) }
        return values
    }

    private func analyze(_ frame: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<Float>) -> Void) {
        guard let samples = frame.baseAddress else { return }
        transform.powerSpectrum(samples, into: power.base)
        let bands = output.base
        bank.apply(power: power.base, into: bands)
        let count = bank.bandCount
        switch options.compression {
        case .power: break
        case .decibels: Decibels.convert(bands, count: count)
        case .logarithm(let gain): for index in 0..<count { bands[index] = log1pf(gain * bands[index]) }
        case .flooredLogarithm(let floor): for index in 0..<count { bands[index] = logf(max(bands[index], floor)) }
        }
        body(UnsafeBufferPointer(start: bands, count: count))
    }
}

extension MelSpectrogram: Resumable {
    package func save(to writer: inout StateWriter) { frames.save(to: &writer) }

    package func restore(from reader: inout StateReader) throws { try frames.restore(from: &reader) }
}
