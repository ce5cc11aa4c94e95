#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A moment in milliseconds since 1970, on the wire ISO 8601 in UTC: `2026-11-24T15:04:05.123Z`.
public struct Timestamp: Sendable, Hashable, Comparable, Codable {
    public var millisecondsSince1970: Int64

    public init(millisecondsSince1970: Int64) {
        self.millisecondsSince1970 = millisecondsSince1970
    }

    /// The present.
    public static var now: Timestamp {
        Timestamp(millisecondsSince1970: Int64((Date.now.timeIntervalSince1970 * 1000).rounded()))
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSince1970 < right.millisecondsSince1970
    }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// ISO 8601 with milliseconds.
    public var text: String {
        // The style cuts off; half a millisecond more lets it cut where it should.
        Date(timeIntervalSince1970: (Double(millisecondsSince1970) + 0.5) / 1000).formatted(Self.style)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let date = try Self.style.parse(container.decode(String.self))
        guard let milliseconds = Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded()) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "out of range")
        }
        millisecondsSince1970 = milliseconds
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
