import Crypto
package import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A timeline as it is stored: the bytes of its JSON, and the index into them.
package struct TimelineDocument: Sendable {
    /// Byte for byte what `TimelineJSON.encode` gives for the summary.
    package let json: [UInt8]
    package let index: TimelineIndex

    /// Most elements of a chunk; a chunk of events is closed earlier when its words make it long.
    ///
    /// A window of a minute reads some hundred events: chunks that are much smaller than that waste little on what lies
    /// beside the window, and much smaller ones would make the index large.
    private static let eventsPerChunk = 32
    private static let beatsPerChunk = 64
    private static let valuesPerChunk = 256
    /// Words of a chunk of events.
    private static let wordsPerChunk = 256

    /// - Throws: `EncodingError`.
    package init(_ summary: AudioSemanticTimelineSummary) throws {
        let summary = summary.sanitised()
        var skeleton = summary
        skeleton.events = []
        skeleton.beats = []
        skeleton.meta.loudness?.values = []
        var index = TimelineIndex(skeleton: skeleton)
        var writer = Writer(json: SplicedJSON(frame: try TimelineJSON.encode(skeleton)))
        try writer.json.open(list: "beats")
        index.beats = try writer.write(summary.beats, runs: Self.runs(summary.beats.count, Self.beatsPerChunk)) {
            chunk, beats in
            chunk.firstMs = beats.first?.timeMs ?? 0
            chunk.lastMs = beats.last?.timeMs ?? 0
            chunk.totals[0] = Int64(beats.count { $0.beatInBar == 1 })
        }
        try writer.json.open(list: "events")
        index.events = try writer.write(summary.events, runs: Self.eventRuns(summary.events)) { chunk, events in
            chunk.firstMs = events.first?.startMs ?? 0
            chunk.lastMs = events.map(\.endMs).max() ?? 0
            for (slot, kind) in EventKind.allCases.enumerated() {
                chunk.totals[slot] = Int64(
                    events.reduce(0) { $0 + ($1.kind == kind ? $1.lengthMs : 0) })
            }
        }
        if let values = summary.meta.loudness?.values {
            try writer.json.open(list: "values")
            index.loudness = try writer.write(values, runs: Self.runs(values.count, Self.valuesPerChunk)) { _, _ in }
        }
        writer.json.finish()
        index.documentSize = Int64(writer.json.bytes.count)
        json = writer.json.bytes
        self.index = index
    }

    private static func runs(_ count: Int, _ length: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: length).map { $0..<min($0 + length, count) }
    }

    private static func eventRuns(_ events: [AudioEvent]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        var words = 0
        for (number, event) in events.enumerated() {
            words += event.meta.words?.count ?? 0
            if number + 1 - start >= eventsPerChunk || words >= wordsPerChunk {
                runs.append(start..<(number + 1))
                (start, words) = (number + 1, 0)
            }
        }
        if start < events.count { runs.append(start..<events.count) }
        return runs
    }

    /// Puts the document together.
    private struct Writer {
        var json: SplicedJSON

        /// Writes elements in chunks, with commas between.
        mutating func write<Element: Encodable>(
            _ elements: [Element], runs: [Range<Int>],
            describe: (inout TimelineIndex.Chunk, ArraySlice<Element>) -> Void
        ) throws -> [TimelineIndex.Chunk] {
            var chunks: [TimelineIndex.Chunk] = []
            for run in runs {
                let place = try json.write(elements[run], follows: !chunks.isEmpty)
                var chunk = TimelineIndex.Chunk(
                    bytes: Int64(place.lowerBound)..<Int64(place.upperBound), firstIndex: run.lowerBound,
                    count: run.count, firstMs: 0, lastMs: 0, totals: .zero,
                    digest: SIMD32(SHA256.hash(data: json.bytes[place])))
                describe(&chunk, elements[run])
                chunks.append(chunk)
            }
            return chunks
        }
    }
}

extension AudioEvent {
    /// The length, of events of any origin too.
    fileprivate var lengthMs: Int {
        let (length, isTooLarge) = endMs.subtractingReportingOverflow(startMs)
        return isTooLarge ? 0 : min(max(length, 0), 1 << 53)
    }
}
