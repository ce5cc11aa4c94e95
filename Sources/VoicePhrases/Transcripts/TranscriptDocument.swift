/// The parts of a foreign transcript that are read; everything else is passed over.
struct TranscriptDocument: Decodable {
    var words: [Lenient<TranscriptEntry>]?
    var segments: [Lenient<TranscriptEntry>]?

    private enum CodingKeys: String, CodingKey {
        case words
        case segments
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        words = try Self.list(.words, of: container)
        segments = try Self.list(.segments, of: container)
    }

    private static func list(
        _ key: CodingKeys, of container: KeyedDecodingContainer<CodingKeys>
    ) throws -> [Lenient<TranscriptEntry>]? {
        do {
            return try container.decodeIfPresent([Lenient<TranscriptEntry>].self, forKey: key)
        } catch {
            throw ForeignTranscriptError.notAList
        }
    }
}

/// A value, or nil for anything else.
struct Lenient<Value: Decodable>: Decodable {
    var value: Value?

    init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
}

/// A word or a segment. What is of the wrong type is absent.
struct TranscriptEntry: Decodable {
    var text: String?
    var startMs: Int?
    var endMs: Int?
    var confidence: Double?
    var speaker: String?
    /// Of a segment.
    var words: [Lenient<TranscriptEntry>]?

    private enum CodingKeys: String, CodingKey {
        case word
        case text
        case startMs = "start_ms"
        case start
        case endMs = "end_ms"
        case end
        case confidence
        case conf
        case probability
        case speakerID = "speaker_id"
        case speaker
        case words
    }

    /// Longest name of a speaker that is kept.
    private static let speakerLength = 128

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys) -> Value? {
            guard container.contains(key) else { return nil }
            return (try? container.decodeIfPresent(Value.self, forKey: key)) ?? nil
        }
        text = value(.word) ?? value(.text)
        startMs = Self.milliseconds(value(.startMs)) ?? Self.milliseconds(value(.start), scale: 1000)
        endMs = Self.milliseconds(value(.endMs)) ?? Self.milliseconds(value(.end), scale: 1000)
        confidence = value(.confidence) ?? value(.conf) ?? value(.probability)
        speaker = [CodingKeys.speakerID, .speaker].lazy.compactMap { key -> String? in
            let name: String? = value(key) ?? (value(key) as Int?).map(String.init)
            return name.map { String($0.prefix(Self.speakerLength)) }
        }.first { !$0.isEmpty }
        // Words have no words of their own, and what is of the wrong type costs the more the deeper it lies.
        words = decoder.codingPath.count <= 2 ? value(.words) : nil
    }

    /// A time of any origin in whole milliseconds.
    private static func milliseconds(_ value: Double?, scale: Double = 1) -> Int? {
        guard let value, value.isFinite else { return nil }
        let limit = Double(SpokenWord.latestMs)
        return Int(exactly: min(max(value * scale, -limit), limit).rounded())
    }
}
