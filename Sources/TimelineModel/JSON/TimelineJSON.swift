#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// The one encoder and decoder of the wire format.
///
/// Keys are sorted, slashes are not escaped, nothing depends on hashing: equal values give equal bytes.
public enum TimelineJSON {
    /// Encodes a value, on one line unless `pretty`.
    ///
    /// - Throws: `EncodingError` if the value holds a number that is not finite. Summaries inside larger values should
    ///   pass through ``AudioSemanticTimelineSummary/sanitised()`` first.
    public static func encode(_ value: some Encodable, pretty: Bool = false) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty
            ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            : [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// Encodes a summary after ``AudioSemanticTimelineSummary/sanitised()``: numbers that are not finite become absent.
    ///
    /// Unless `pretty`, long lists go through the encoder a part at a time: see `SplicedJSON`.
    public static func encode(_ summary: AudioSemanticTimelineSummary, pretty: Bool = false) throws -> Data {
        let summary = summary.sanitised()
        guard !pretty else { return try encode(Sanitised(value: summary), pretty: true) }
        var skeleton = summary
        skeleton.events = []
        skeleton.beats = []
        skeleton.meta.loudness?.values = []
        var json = SplicedJSON(frame: try encode(Sanitised(value: skeleton)))
        func write(_ elements: [some Encodable], to list: String) throws {
            try json.open(list: list)
            for start in stride(from: 0, to: elements.count, by: elementsAtOnce) {
                try json.write(elements[start..<min(start + elementsAtOnce, elements.count)], follows: start > 0)
            }
        }
        try write(summary.beats, to: "beats")
        try write(summary.events, to: "events")
        if let values = summary.meta.loudness?.values { try write(values, to: "values") }
        json.finish()
        return Data(json.bytes)
    }

    private static let elementsAtOnce = 256

    /// Decodes a value; unknown keys are ignored. JSON of any kind may be nested to a depth of 64.
    ///
    /// - Throws: `DecodingError` naming the key. That the values keep the timeline's promises is not checked here: see
    ///   ``AudioSemanticTimelineSummary/violations``.
    public static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from data: Data) throws -> Value {
        // Those of any kind come from anybody.
        if type == JSONValue.self || type == [String: JSONValue].self {
            let value = JSONReader.value([UInt8](data))
            guard let found = value as? Value ?? value?.members as? Value else {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(codingPath: [], debugDescription: "neither JSON nor what was asked for"))
            }
            return found
        }
        return try JSONDecoder().decode(type, from: data)
    }

    /// Keeps the overload for summaries from calling itself.
    private struct Sanitised: Encodable {
        let value: AudioSemanticTimelineSummary

        func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
    }
}
