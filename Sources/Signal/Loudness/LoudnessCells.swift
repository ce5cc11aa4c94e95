/// Sums of squares of a recording in cells of 10 ms: what all loudness figures are computed from.
///
/// Cell `k` covers the frames from `round(k·rate/100)` to `round((k+1)·rate/100)`; the last one may be cut short.
struct LoudnessCells: Sendable, Hashable {
    let sampleRate: Int
    let channelCount: Int
    /// K-weighted squares, summed over frames and, with their weights, over channels.
    var weighted: [Float] = []
    /// Squares, summed over frames and channels.
    var plain: [Float] = []
    var frameCount = 0

    init(sampleRate: Int, channelCount: Int) {
        self.sampleRate = sampleRate
        self.channelCount = channelCount
    }

    var count: Int { weighted.count }

    /// Cells that are not cut short.
    var completeCount: Int { count > 0 && border(count) > frameCount ? count - 1 : count }

    /// First frame of a cell.
    func border(_ cell: Int) -> Int { (cell * sampleRate + 50) / 100 }

    /// Frames that the cells have.
    func frames(in cells: Range<Int>) -> Int { min(border(cells.upperBound), frameCount) - border(cells.lowerBound) }

    /// K-weighted, channel-weighted mean square of some cells; nil where there are no frames.
    func power(in cells: Range<Int>) -> Double? {
        let frames = frames(in: cells)
        guard frames > 0 else { return nil }
        var sum = 0.0
        for cell in cells { sum += Double(weighted[cell]) }
        return sum / Double(frames)
    }

    /// Mean square over all channels; nil where there are no frames.
    func plainPower(in cells: Range<Int>) -> Double? {
        let frames = frames(in: cells)
        guard frames > 0 else { return nil }
        var sum = 0.0
        for cell in cells { sum += Double(plain[cell]) }
        return sum / Double(frames * channelCount)
    }
}
