import Crypto
import Files
import Foundation
import Interchange
import Library
import SemanticTimeline
import TimelineModel
import VoicePhrases

extension FuzzRegistry {
    /// Stored timelines: read, cut, flattened, indexed, exported.
    static let timelineTargets: [FuzzTarget] = [
        FuzzTarget("summary") { bytes in
            guard let summary = decodedSummary(bytes) else { return false }
            let clean = summary.sanitised()
            try promise(clean.sanitised() == clean, "sanitising twice changes something")
            let json = try TimelineJSON.encode(summary)
            let again: AudioSemanticTimelineSummary = try TimelineJSON.decode(from: json)
            try promise(try TimelineJSON.encode(again) == json, "a written timeline reads as something else")
            let flat = summary.flattened()
            if summary.violations.isEmpty {
                try promise(flat.violations.isEmpty, "a flattened timeline: \(flat.violations.prefix(3))")
                let total = flat.events.reduce(0) { $0 + $1.endMs - $1.startMs }
                try promise(total == flat.durationMs, "a flattened timeline has \(total) of \(flat.durationMs) ms")
            }
            return true
        },
        FuzzTarget("slice", tokens: ["timeline", "source"]) { bytes in
            let (head, body) = firstLine(of: bytes)
            guard let summary = decodedSummary(body) else { return false }
            let fields = head.split(separator: " ").map(String.init)
            let numbers = fields.map { Double($0) ?? 0 } + [0, 1000, 1]
            let base = fields.last.flatMap(TimeBase.init(rawValue:)) ?? .source
            guard
                let slice = try? summary.slice(inMs: numbers[0], outMs: numbers[1], speed: numbers[2], timeBase: base)
            else { return false }
            _ = try TimelineJSON.encode(slice)
            _ = try? slice.slice(inMs: numbers[0] / 3, outMs: numbers[1] / 2)
            guard summary.violations.isEmpty, base == .source, numbers[1] <= Double(summary.durationMs) else {
                return true
            }
            try promise(slice.violations.isEmpty, "a slice: \(slice.violations.prefix(3))")
            guard let before = try? summary.slice(inMs: 0, outMs: numbers[0]),
                let after = try? summary.slice(inMs: numbers[1], outMs: Double(summary.durationMs))
            else { return true }
            let parts = [before, slice, after]
            try promise(
                parts.reduce(0) { $0 + $1.beats.count } == summary.beats.count, "adjacent slices divide beats wrongly")
            let words = parts.map { $0.events.reduce(0) { $0 + ($1.meta.words?.count ?? 0) } }
            let all = summary.events.reduce(0) { $0 + ($1.meta.words?.count ?? 0) }
            try promise(words.reduce(0, +) <= all, "adjacent slices have more words than the whole")
            return true
        },
        FuzzTarget("timeline-export") { bytes in
            guard let summary = decodedSummary(bytes) else { return false }
            for format in TimelineFormat.allCases {
                let file = try format.bytes(of: summary, frameRate: bytes.count % 2 == 0 ? nil : .ntsc2997)
                switch format {
                case .json, .otio, .jams, .podcast, .chapters: try promiseJSON(file, "\(format)")
                case .midi: try promise(file.starts(with: "MThd".utf8), "a MIDI file without its mark")
                default: try promise(String(validating: file, as: UTF8.self) != nil, "\(format) is no UTF-8")
                }
            }
            let options = TerminalTimeline.Options(width: bytes.count % 200, color: true, title: summary.assetID)
            _ = TerminalTimeline(summary, options: options).render()
            let phrases = PhraseBuilder().phrases(of: summary.spokenWords).phrases
            try promisePhrases(phrases)
            return true
        },
        FuzzTarget("document") { bytes in
            guard let summary = decodedSummary(bytes), let document = try? TimelineDocument(summary) else {
                return false
            }
            try promise(Data(document.json) == (try TimelineJSON.encode(summary)), "a document is not its JSON")
            guard let index = TimelineIndex(serialized: try document.index.serialized()) else {
                // An index is read back where the timeline keeps its promises.
                try promise(!summary.violations.isEmpty, "the index of a sound timeline cannot be read back")
                return false
            }
            try promise(index.events == document.index.events, "an index reads as another")
            let reader = TimelineReader(
                index: index, document: "", scope: fuzzScope, blobs: OneBlob(bytes: document.json))
            let duration = summary.durationMs
            try blocking {
                try await ask(reader, duration / 3, duration / 3 * 2)
                guard summary.violations.isEmpty, duration > 3 else { return }
                let part = try await reader.excerpt(fromMs: duration / 3, toMs: duration / 3 * 2)
                let cut = try part.slice(inMs: Double(duration / 3), outMs: Double(duration / 3 * 2))
                let whole = try summary.sanitised().slice(inMs: Double(duration / 3), outMs: Double(duration / 3 * 2))
                try promise(cut == whole, "a window that was read is not the one that was cut")
            }
            return true
        },
        FuzzTarget("timeline-index", tokens: ["CUEIDX01"]) { bytes in
            guard let index = TimelineIndex(serialized: bytes) else { return false }
            let again = TimelineIndex(serialized: try index.serialized())
            try promise(again?.events == index.events && again?.beats == index.beats, "an index reads as another")
            // Chunks of no bytes have the digest that some seeds hold, so that queries go on.
            let reader = TimelineReader(
                index: index, document: "", scope: fuzzScope, blobs: OneBlob(bytes: Array("{\"kind\":1}".utf8)))
            try blocking {
                for (from, to) in [(0, 1), (0, 1 << 53), (1000, 500), ((1 << 53) - 1, 1 << 53)] {
                    try await ask(reader, from, to)
                }
            }
            return true
        },
        FuzzTarget(
            "transcript", tokens: ["words", "segments", "start_ms", "confidence", "speaker"], maximumBytes: 1 << 20
        ) {
            bytes in
            guard let transcript = try? ForeignTranscript(json: bytes) else { return false }
            let rule = PhraseRule(maxGapMs: bytes.count % 700, minPhraseLenMs: bytes.count % 90, longestMs: 3000)
            let found = PhraseBuilder(rule: rule).phrases(of: transcript.words, offsetMs: bytes.count)
            try promisePhrases(found.phrases)
            let words = found.phrases.reduce(0) { $0 + ($1.words?.count ?? 0) }
            try promise(words + found.skippedWords <= transcript.words.count, "phrases have more words than there are")
            return true
        },
    ]

    static let fuzzScope = Scope(tenantID: "t1", env: "dev")

    static func decodedSummary(_ bytes: [UInt8]) -> AudioSemanticTimelineSummary? {
        try? TimelineJSON.decode(AudioSemanticTimelineSummary.self, from: Data(bytes))
    }

    /// What stands before the first line feed, and what comes after it.
    static func firstLine(of bytes: [UInt8]) -> (String, [UInt8]) {
        let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        return (String(decoding: parts[0], as: UTF8.self), parts.count > 1 ? Array(parts[1]) : [])
    }

    static func promiseJSON(_ bytes: [UInt8], _ what: String) throws {
        let isJSON = (try? TimelineJSON.decode(JSONValue.self, from: Data(bytes))) != nil
        try promise(isJSON, "\(what) is no JSON: \(String(decoding: bytes.prefix(200), as: UTF8.self))")
    }

    private static func promisePhrases(_ phrases: [VoicePhrase]) throws {
        for (index, phrase) in phrases.enumerated() {
            try promise(phrase.startMs < phrase.endMs, "phrase \(index) is empty")
            guard index > 0 else { continue }
            try promise(phrases[index - 1].endMs <= phrase.startMs, "phrase \(index) overlaps the one before")
        }
    }

    /// Asks a reader all that it answers; what it refuses is no failure.
    private static func ask(_ reader: TimelineReader, _ from: Int, _ to: Int) async throws {
        _ = try? await reader.excerpt(fromMs: from, toMs: to)
        _ = try? await reader.coverage(fromMs: from, toMs: to)
        _ = try? await reader.eventPage(fromMs: from, toMs: to, kind: .speech, limit: 3, after: nil)
        _ = try? await reader.eventPage(fromMs: from, toMs: to, kind: nil, limit: 1000, after: 2)
        for target in NearestTarget.allCases { _ = try? await reader.nearest(to: from, target) }
        _ = try? await reader.firstSpeech(fromMs: from, toMs: to)
        _ = try? await reader.beatTimes(fromMs: from, throughMs: to)
        _ = try? await reader.beats(fromMs: from, toMs: to)
    }
}

/// One document under every name.
private struct OneBlob: BlobStore {
    var bytes: [UInt8]

    func read(_ sha256: String, in scope: Scope, range: Range<Int64>?) async throws -> [UInt8] {
        guard let range else { return bytes }
        guard range.lowerBound >= 0, range.upperBound <= Int64(bytes.count) else {
            throw LibraryError(.blobDamaged, "beyond the end")
        }
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    func stage() async throws -> any StagedBlob { throw LibraryError(.inputOutput, "only read") }
    func verify(_ sha256: String, in scope: Scope) async throws -> Int64 { Int64(bytes.count) }
    func remove(_ sha256: String, in scope: Scope, publishedBefore moment: Timestamp) async throws -> Bool { false }
    func blobs(publishedBefore moment: Timestamp) async throws -> [Scope: [String]] { [:] }
    func withFile<Value: Sendable>(
        _ sha256: String, in scope: Scope, _ body: @Sendable (_ path: String) async throws -> Value
    ) async throws -> Value {
        throw LibraryError(.blobMissing, "no file")
    }
}
