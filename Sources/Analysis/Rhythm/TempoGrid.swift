#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The tempi that the decoder tells apart: a geometric grid, and how likely each is before anything is heard.
struct TempoGrid: Sendable {
    /// Beat periods in frames, falling (tempo rises with the index).
    let periods: [Double]
    /// Log prior, a normal distribution over the logarithm of tempo (Parncutt 1994; Ellis 2007); 0 at its centre.
    let prior: [Float]
    /// Tempi (beats a minute) that may be chosen as the beat in the end.
    let beatRange: ClosedRange<Double>

    static let step = 1.025
    static let centre = 115.0
    private static let spread = 0.55

    init(hint: Double?) {
        let searched = hint.map { $0 / 1.15...$0 * 1.15 } ?? 40...240
        beatRange = hint.map { $0 / 1.18...$0 * 1.18 } ?? 50...215
        let count = Int(log(searched.upperBound / searched.lowerBound) / log(Self.step))
        let tempi = (0...max(0, count)).map { searched.lowerBound * pow(Self.step, Double($0)) }
        periods = tempi.map { 60 * RhythmFeatures.frameRate / $0 }
        prior = tempi.map { tempo in
            let distance = log2(tempo / (hint ?? Self.centre)) / Self.spread
            return Float(-0.5 * distance * distance)
        }
    }
}
