import Foundation
import Library
import SemanticTimeline
import TimelineModel

/// Makes what `Benchmarks/run service` and `shots` ask for: a library with recordings whose timelines have many events,
/// and clips of the first, `long`; the others are `long1`, `long2`, and so on.
///
///     service-fixture LIBRARY EVENTS [RECORDINGS]
///
/// Prints where the stored JSON of each lies, and what the clips are, as JSON.
let arguments = CommandLine.arguments
let sizes = arguments.dropFirst(2).map { Int($0) ?? 0 } + [1]
guard (3...4).contains(arguments.count), (10...5_000_000).contains(sizes[0]), (1...10_000).contains(sizes[1]) else {
    FileHandle.standardError.write(Data("usage: service-fixture LIBRARY EVENTS [RECORDINGS]\n".utf8))
    exit(64)
}
let (count, recordings) = (sizes[0], sizes[1])

let library = try LibraryFolder.open(arguments[1])
let scope = Scope(tenantID: "t1", env: "dev")

/// Half a second each: a talk with its pauses over a bed, beats twice a second, a loudness value every 100 ms.
func timeline(of assetID: String, events count: Int) -> AudioSemanticTimelineSummary {
    let length = 500
    var events: [AudioEvent] = []
    events.reserveCapacity(count)
    for number in 0..<count {
        let start = number * length
        var event = AudioEvent(
            kind: number % 2 == 0 ? .speech : .silence, startMs: start, endMs: start + length,
            loudnessLUFS: number % 2 == 0 ? -19.25 : nil, confidence: 0.937)
        if number % 2 == 0 {
            event.meta.words = [
                TimelineWord(word: "a", startMs: start, endMs: start + 200, confidence: 0.912),
                TimelineWord(word: "word\(number)", startMs: start + 200, endMs: start + length, confidence: 0.845),
            ]
            event.transcription = "a word\(number)"
            event.meta.language = "en"
            event.meta.rmsDBFS = -21.5
        }
        events.append(event)
    }
    let duration = count * length
    let beats = (0..<count).map { number in
        BeatEvent(
            timeMs: number * length, beatIndex: number, barIndex: number / 4, beatInBar: number % 4 + 1,
            confidence: 0.9)
    }
    var meta = TimelineMeta(
        modelUsed: "whisper_tiny.en", backendType: "whisper_librosa", backendVersion: "whisper_librosa_v2",
        semanticVersion: "whisper_librosa_v2.1", parameters: AnalysisParameters(), cacheKey: "bench",
        semanticIdentity: "bench", contentSHA256: String(repeating: "0", count: 64), seed: 42)
    meta.loudness = LoudnessSummary(
        integratedLUFS: -20, truePeakDBTP: -1, windowMs: 1000,
        values: (0..<(duration / 100)).map { -20 - Double($0 % 9) })
    meta.summary = TimelineCounts(events: events, beats: beats)
    return AudioSemanticTimelineSummary(
        assetID: assetID, durationMs: duration, events: events, beats: beats, meta: meta)
}

func publish(_ bytes: [UInt8]) async throws -> ContentFacts {
    let staged = try await library.blobs.stage()
    for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
        try await staged.append(Array(bytes[start..<min(start + 1 << 20, bytes.count)]))
    }
    return try await staged.publish(in: scope)
}

/// Stores a recording and its timeline.
///
/// - Returns: where the timeline's JSON lies, and its size.
func store(_ id: String, _ summary: AudioSemanticTimelineSummary) async throws -> (path: String, bytes: Int64) {
    let document = try TimelineDocument(summary)
    let source = try await publish(Array(id.utf8))
    let json = try await publish(document.json)
    let index = try await publish(try document.index.serialized())
    var asset = MediaAsset(
        id: id, scope: scope, kind: .audio, sourceURI: "/media-v2/assets/\(id)/content", createdAt: .now,
        content: source)
    asset.durationMs = Double(summary.durationMs)
    try await library.database.insert(asset)
    let artifact = DerivedArtifact(
        id: id + "-timeline", parentAssetID: id, scope: scope, kind: .audioSemanticTimeline,
        uri: SemanticTimelineService.contentURI(ofArtifact: id + "-timeline"), createdAt: .now,
        meta: [
            "pipeline_hash": .string("bench"), "backend_version": .string("whisper_librosa_v2"),
            "semantic_version": .string(summary.meta.semanticVersion),
        ], content: json)
    try await library.database.insert(
        artifact,
        timeline: TimelineRecord(
            artifactID: artifact.id, assetID: id, sourceArtifactID: nil, cacheKey: "bench", identity: "bench",
            sourceSHA256: source.sha256, isStub: false, includeBeats: true, includeSpeechMusic: true,
            indexSHA256: index.sha256))
    return (try await library.blobs.withFile(json.sha256, in: scope) { $0 }, json.sizeBytes)
}

let ids = (0..<recordings).map { $0 == 0 ? "long" : "long\($0)" }
let durationMs = timeline(of: "long", events: count).durationMs
var stored: [(path: String, bytes: Int64)] = []
for id in ids { stored.append(try await store(id, timeline(of: id, events: count))) }
try await library.database.insert(
    VideoProject(id: "p", scope: scope, userID: nil, title: "", createdAt: .now, meta: [:]))
try await library.database.insert(
    VideoSequence(id: "s", scope: scope, projectID: "p", name: "", createdAt: .now, meta: [:]))
try await library.database.insert(
    VideoTrack(id: "t", scope: scope, sequenceID: "s", kind: .video, name: "", order: 0, createdAt: .now, meta: [:]))
// Clips of a minute all over the recording.
let clips = 4096
for number in 0..<clips {
    let start = Double(max(0, durationMs - 60_000)) * Double(number) / Double(clips - 1)
    try await library.database.insert(
        VideoClip(
            id: "clip\(number)", scope: scope, trackID: "t", assetID: "long", inMs: start.rounded(),
            outMs: start.rounded() + 60_000, startMsOnTimeline: 0, createdAt: .now))
}
let facts: [String: JSONValue] = [
    "json": .string(stored[0].path), "bytes": .integer(stored[0].bytes), "events": .integer(Int64(count)),
    "duration_ms": .integer(Int64(durationMs)), "clips": .integer(Int64(clips)),
    "recordings": .object(Dictionary(uniqueKeysWithValues: zip(ids, stored.map { .string($0.path) }))),
]
print(String(decoding: try TimelineJSON.encode(facts), as: UTF8.self))
