import Foundation
import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel

@Suite("Stored timelines: read in parts, the same as whole")
struct TimelineDocumentTests {
    private let scope = Scope(tenantID: "t1", env: "dev")

    private func store(
        _ summary: AudioSemanticTimelineSummary, damage: (inout [UInt8]) -> Void = { _ in }
    ) async throws -> TimelineReader {
        let document = try TimelineDocument(summary)
        let blobs = MemoryBlobStore()
        var bytes = document.json
        damage(&bytes)
        let staged = try await blobs.stage()
        try await staged.append(bytes)
        let facts = try await staged.publish(in: scope)
        let index = try #require(TimelineIndex(serialized: try document.index.serialized()))
        return TimelineReader(index: index, document: facts.sha256, scope: scope, blobs: blobs)
    }

    @Test("The stored bytes are those of the one encoder", arguments: [0, 1, 2, 127, 128, 129, 1000])
    func bytes(count: Int) throws {
        let summary = LongTimeline.make(events: count)
        #expect(try TimelineDocument(summary).json == [UInt8](try TimelineJSON.encode(summary)))
        var quiet = summary
        quiet.meta.loudness = nil
        quiet.meta.warnings = ["\"events\":[] \"beats\":[] \"values\":[]"]
        #expect(try TimelineDocument(quiet).json == [UInt8](try TimelineJSON.encode(quiet)))
    }

    @Test("An index is read back from its bytes, and only from its own")
    func index() throws {
        let index = try TimelineDocument(LongTimeline.make(events: 700)).index
        let bytes = try index.serialized()
        let read = try #require(TimelineIndex(serialized: bytes))
        #expect(read.events == index.events && read.beats == index.beats && read.loudness == index.loudness)
        #expect(read.eventCount == 701 && read.documentSize == index.documentSize)
        for length in stride(from: 0, to: bytes.count, by: 97) {
            #expect(TimelineIndex(serialized: Array(bytes[..<length])) == nil)
        }
        var random = SplitMix64(seed: 7)
        for _ in 0..<300 {
            var bent = bytes
            bent[Int.random(in: 8..<48, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = TimelineIndex(serialized: bent)
        }
    }

    @Test("A window read in parts is the slice of the whole", arguments: [1, 50, 900])
    func windows(count: Int) async throws {
        let summary = LongTimeline.make(events: count)
        let reader = try await store(summary)
        var random = SplitMix64(seed: UInt64(count))
        for _ in 0..<60 {
            let from = Int.random(in: 0..<summary.durationMs, using: &random)
            let to = from + Int.random(in: 1...20_000, using: &random)
            let speed = [1, 0.5, 1.03][Int.random(in: 0..<3, using: &random)]
            let part = try await reader.excerpt(fromMs: from, toMs: to)
                .slice(inMs: Double(from), outMs: Double(to), speed: speed, timeBase: .timeline)
            let whole = try summary.slice(inMs: Double(from), outMs: Double(to), speed: speed, timeBase: .timeline)
            #expect(part == whole)
        }
        let all = try await reader.excerpt(fromMs: 0, toMs: summary.durationMs)
            .slice(inMs: 0, outMs: Double(summary.durationMs))
        #expect(all == (try summary.slice(inMs: 0, outMs: Double(summary.durationMs))))
    }

    @Test("Queries find what a walk through all events finds")
    func queries() async throws {
        let summary = LongTimeline.make(events: 800, seed: 3)
        let reader = try await store(summary)
        var random = SplitMix64(seed: 11)
        for _ in 0..<40 {
            let from = Int.random(in: 0..<summary.durationMs, using: &random)
            let to = from + Int.random(in: 0...60_000, using: &random)
            var expected: [EventKind: Int] = [.speech: 0, .music: 0, .silence: 0, .other: 0]
            for event in summary.events {
                expected[event.kind, default: 0] += max(0, min(event.endMs, to) - max(event.startMs, from))
            }
            #expect(try await reader.coverage(fromMs: from, toMs: to) == expected)

            let kind = [nil, EventKind.music, .speech][Int.random(in: 0..<3, using: &random)]
            var paged: [AudioEvent] = []
            var after: Int?
            repeat {
                let page = try await reader.eventPage(fromMs: from, toMs: to, kind: kind, limit: 7, after: after)
                #expect(page.events.count <= 7)
                paged += page.events
                after = page.next
            } while after != nil
            #expect(
                paged
                    == summary.events.filter {
                        $0.startMs < to && $0.endMs > from && (kind == nil || $0.kind == kind)
                    })

            let beat = try #require(try await reader.nearest(to: from, .beat))
            #expect(abs(beat.distanceMs) == summary.beats.map { abs($0.timeMs - from) }.min())
            let downbeats = summary.beats.filter { $0.beatInBar == 1 }
            let downbeat = try #require(try await reader.nearest(to: from, .downbeat))
            #expect(abs(downbeat.distanceMs) == downbeats.map { abs($0.timeMs - from) }.min())
            let speech = try #require(try await reader.nearest(to: from, .speech))
            let distances = summary.events.filter { $0.kind == .speech }
                .map { max($0.startMs - from, from - ($0.endMs - 1), 0) }
            #expect(abs(speech.distanceMs) == distances.min())
        }
    }

    @Test("A timeline without beats or speech has nothing nearest")
    func nothing() async throws {
        var summary = LongTimeline.make(events: 3)
        summary.events = [AudioEvent(kind: .silence, startMs: 0, endMs: summary.durationMs)]
        summary.beats = []
        let reader = try await store(summary)
        for target in NearestTarget.allCases { #expect(try await reader.nearest(to: 5, target) == nil) }
    }

    @Test("A flipped byte is found by the chunk that is read, and only there")
    func damage() async throws {
        let summary = LongTimeline.make(events: 600)
        let index = try TimelineDocument(summary).index
        let first = try #require(index.events.first)
        let last = try #require(index.events.last)
        let reader = try await store(summary) { $0[Int(first.bytes.lowerBound) + 9] ^= 1 }
        await #expect(throws: LibraryError.self) {
            try await reader.excerpt(fromMs: first.firstMs, toMs: first.firstMs + 10)
        }
        _ = try await reader.elements(AudioEvent.self, of: [last])
    }
}
