public import TimelineModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Loudness and peaks of a recording, from `LoudnessMeter`. All figures are computed on request and unrounded.
public struct LoudnessMeasurement: Sendable, Hashable {
    let cells: LoudnessCells
    let truePeak: Float
    let samplePeak: Float

    /// Cells of 10 ms in a gating block of 400 ms, and from one block to the next (75 % overlap).
    private static let blockCells = 40
    private static let blockHop = 10
    private static let shortTermCells = 300
    private static let absoluteGate = -70.0

    init(cells: LoudnessCells, truePeak: Float, samplePeak: Float) {
        self.cells = cells
        self.truePeak = truePeak
        self.samplePeak = samplePeak
    }

    /// Length in seconds.
    public var duration: Double { Double(cells.frameCount) / Double(cells.sampleRate) }

    /// Gated loudness of the whole in LUFS: BS.1770-5, Annex 1, equation 7. nil below 400 ms, and where everything lies
    /// below the absolute gate of -70 LUFS.
    public var integratedLUFS: Double? { gatedLoudness(in: 0..<cells.completeCount) }

    /// Highest magnitude between samples in dB relative to full scale; nil for digital silence.
    public var truePeakDBTP: Double? { Self.decibels(ofAmplitude: max(truePeak, samplePeak)) }

    /// Highest magnitude of a sample in dB relative to full scale; nil for digital silence.
    public var samplePeakDBFS: Double? { Self.decibels(ofAmplitude: samplePeak) }

    /// Highest loudness of any 400 ms in LUFS, on a grid of 10 ms (EBU Tech 3341); nil below -70 LUFS or 400 ms.
    public var maximumMomentaryLUFS: Double? { maximum(windowCells: Self.blockCells) }

    /// Highest loudness of any 3 s in LUFS, on a grid of 10 ms (EBU Tech 3341); nil below -70 LUFS or 3 s.
    public var maximumShortTermLUFS: Double? { maximum(windowCells: Self.shortTermCells) }

    /// Loudness range in LU (EBU Tech 3342): from the 10th to the 95th percentile of the loudness of 3 s windows, a window
    /// every 100 ms, gated at -70 LUFS and 20 LU below their mean. nil where no window passes.
    public var loudnessRange: Double? {
        let powers = blockPowers(in: 0..<cells.completeCount, windowCells: Self.shortTermCells)
        let gated = Self.gated(powers, relativeGate: 0.01).sorted()
        guard !gated.isEmpty else { return nil }
        let last = Double(gated.count - 1)
        let low = gated[Int((last * 0.10).rounded())]
        let high = gated[Int((last * 0.95).rounded())]
        return Self.loudness(ofPower: high) - Self.loudness(ofPower: low)
    }

    /// Level of a span.
    ///
    /// Borders go to the nearest 10 ms. The gated loudness uses blocks of 400 ms, the first of which begins with
    /// the span; it is nil where the span is shorter than that or lies below -70 LUFS throughout. The root mean square is
    /// taken over all frames and channels, unweighted.
    ///
    /// - Parameters:
    ///   - start: Seconds; what lies outside the recording is left out.
    ///   - end: Seconds.
    public func level(from start: Double, to end: Double) -> SpanLevel {
        guard start < end else { return SpanLevel() }
        let first = cell(at: start)
        let last = cell(at: end)
        guard first < last else { return SpanLevel() }
        let meanSquare = cells.plainPower(in: first..<last) ?? 0
        // A border that was rounded outwards must not make a short span long enough.
        let isLongEnough = end - start > 0.4 - 1e-6
        return SpanLevel(
            lufs: isLongEnough ? gatedLoudness(in: first..<min(last, cells.completeCount)) : nil,
            rmsDBFS: meanSquare > 0 ? 10 * log10(meanSquare) : nil)
    }

    /// Ungated loudness over time.
    ///
    /// Value `i` is the loudness in LUFS of the window that ends at `(i + 1)·hop`, cut at the recording's borders; nil
    /// below -70 LUFS. The values cover the whole recording, the last hop perhaps in part.
    ///
    /// - Parameters:
    ///   - windowMs: Milliseconds, taken to the nearest 10, at least 10.
    ///   - hopMs: Milliseconds, taken to the nearest 10, at least 10.
    public func curve(windowMs: Int, hopMs: Int) -> [Double?] {
        let window = max(1, windowMs / 10 + (windowMs % 10 + 5) / 10)
        let hop = max(1, hopMs / 10 + (hopMs % 10 + 5) / 10)
        let count = cells.count / hop + (cells.count % hop == 0 ? 0 : 1)
        return (0..<count).map { index in
            let nominalEnd = index * hop + hop
            let range = max(0, nominalEnd - window)..<min(cells.count, nominalEnd)
            guard let power = cells.power(in: range) else { return nil }
            let loudness = Self.loudness(ofPower: power)
            return loudness > Self.absoluteGate ? loudness : nil
        }
    }

    /// The cell border nearest to a time.
    private func cell(at time: Double) -> Int {
        let position = (time * 100).rounded()
        guard position > 0 else { return 0 }
        return position < Double(cells.count) ? Int(exactly: position) ?? 0 : cells.count
    }

    private func gatedLoudness(in range: Range<Int>) -> Double? {
        let gated = Self.gated(blockPowers(in: range, windowCells: Self.blockCells), relativeGate: 0.1)
        guard !gated.isEmpty else { return nil }
        return Self.loudness(ofPower: gated.reduce(0, +) / Double(gated.count))
    }

    /// Powers of all whole windows in a range of cells, one every 100 ms.
    private func blockPowers(in range: Range<Int>, windowCells: Int) -> [Double] {
        guard range.count >= windowCells else { return [] }
        return stride(from: range.lowerBound, through: range.upperBound - windowCells, by: Self.blockHop)
            .compactMap { cells.power(in: $0..<($0 + windowCells)) }
    }

    /// Powers above the absolute gate and above a fraction of the mean of those.
    private static func gated(_ powers: [Double], relativeGate: Double) -> [Double] {
        let audible = powers.filter { loudness(ofPower: $0) > absoluteGate }
        guard !audible.isEmpty else { return [] }
        let threshold = relativeGate * audible.reduce(0, +) / Double(audible.count)
        return audible.filter { $0 > threshold }
    }

    private func maximum(windowCells: Int) -> Double? {
        guard cells.completeCount >= windowCells else { return nil }
        var highest = 0.0
        for start in 0...(cells.completeCount - windowCells) {
            highest = max(highest, cells.power(in: start..<(start + windowCells)) ?? 0)
        }
        let loudness = Self.loudness(ofPower: highest)
        return loudness > Self.absoluteGate ? loudness : nil
    }

    /// BS.1770-5, Annex 1, equation 2.
    private static func loudness(ofPower power: Double) -> Double { -0.691 + 10 * log10(power) }

    private static func decibels(ofAmplitude amplitude: Float) -> Double? {
        amplitude > 0 ? 20 * log10(Double(amplitude)) : nil
    }
}
