import Signal
import TimelineModel

extension LoudnessSummary {
    /// The measurement as the wire tells them: two decimals.
    init(_ measurement: LoudnessMeasurement, windowMs: Int) {
        self.init(
            integratedLUFS: measurement.integratedLUFS?.rounded(places: 2),
            truePeakDBTP: measurement.truePeakDBTP?.rounded(places: 2), windowMs: windowMs,
            values: measurement.curve(windowMs: windowMs, hopMs: 100).map { $0?.rounded(places: 2) })
    }
}
