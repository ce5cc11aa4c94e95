/// What a span of a recording holds.
public enum EventKind: String, Sendable, Codable, Hashable, CaseIterable {
    case speech
    case music
    case silence
    case other
}
