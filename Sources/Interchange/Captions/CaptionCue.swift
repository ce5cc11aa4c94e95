/// One caption: what stands on the screen for a while.
public struct CaptionCue: Sendable, Hashable {
    /// Milliseconds, inclusive.
    public var startMs: Int
    /// Milliseconds, exclusive; after `startMs`.
    public var endMs: Int
    /// One or two lines of plain text without control characters.
    public var lines: [String]
    public var speakerID: String?

    public init(startMs: Int, endMs: Int, lines: [String], speakerID: String? = nil) {
        self.startMs = startMs
        self.endMs = endMs
        self.lines = lines
        self.speakerID = speakerID
    }
}
