/// The clock in which a slice tells its times.
public enum TimeBase: String, Sendable, Codable, Hashable, CaseIterable {
    /// Milliseconds of the source from the window's start, whatever the clip's speed.
    case source
    /// Milliseconds of the clip as it plays: source milliseconds divided by the speed.
    case timeline
}
