/// Something about a decode that its reader should know; the raw value is what a timeline's `warnings` says.
public struct MediaWarning: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The file ends before the length that its own header or index declares.
    public static let truncated = MediaWarning(rawValue: "truncated")
}
