/// Where a shot lies on frame boundaries: as many frames of its source as of its sequence. The one place where a shot's
/// times are rounded.
public struct FrameWindow: Sendable, Hashable {
    /// First frame of the source, 0 or later.
    public var source: Int
    /// First frame of the sequence.
    public var target: Int
    /// Above 0.
    public var count: Int

    /// Rounds each cut once, to the nearest frame: the shot's length is the difference of two cuts, so that adjacent
    /// shots share one.
    ///
    /// Where the frames would go on after the source's last whole one, the source starts at the frame that holds its
    /// start, at most one earlier; if that is not enough, the shot ends with the source. A source of which nothing would
    /// be left is not what its length says: then the length does not count.
    ///
    /// - Parameters:
    ///   - mediaMs: length of the source; nil where nobody knows.
    /// - Returns: nil when no frame is left.
    public init?(
        sourceStartMs: Double, targetStartMs: Double, durationMs: Double, mediaMs: Double?, rate: FrameRate
    ) {
        source = max(rate.frame(atMs: sourceStartMs), 0)
        target = rate.frame(atMs: targetStartMs)
        count = rate.frame(atMs: targetStartMs + durationMs) - target
        guard count > 0 else { return nil }
        guard let mediaMs else { return }
        end(with: rate.wholeFrames(inMs: mediaMs), earliestSource: max(rate.lastFrame(atMs: sourceStartMs), 0))
    }

    /// Ends the shot with its source's last frame at the latest.
    public mutating func end(with last: Int, earliestSource: Int) {
        guard source + count > last else { return }
        let start = max(min(source, max(earliestSource, last - count)), 0)
        guard start < last else { return }
        (source, count) = (start, min(count, last - start))
    }
}
