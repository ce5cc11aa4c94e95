import Library
import SemanticTimeline
import TestSupport
import TimelineModel
import VideoOrigin

/// A service that makes shot lists in a library in memory, over timelines that are written out.
struct OriginHarness {
    let base: ServiceHarness
    let origin: VideoOriginService
    var scope: Scope { base.scope }

    init() throws {
        base = try ServiceHarness()
        origin = VideoOriginService(service: base.service)
    }

    /// An asset of that length with a timeline: speech at the given times, silence between, beats.
    @discardableResult
    func addAsset(
        _ id: String, durationMs: Int, speech: [Range<Int>] = [], beats: [Int] = [], analysed: Bool = true,
        kind: AssetKind = .audio
    ) async throws -> MediaAsset {
        let asset = try await base.addAsset(
            id, bytes: Array(id.utf8), durationMs: Double(durationMs), kind: kind)
        if analysed { try await addTimeline("timeline-" + id, of: asset, durationMs: durationMs, speech, beats) }
        return asset
    }

    @discardableResult
    func addTimeline(
        _ id: String, of asset: MediaAsset, durationMs: Int, _ speech: [Range<Int>], _ beats: [Int] = [],
        isStub: Bool = false, sourceSHA256: String? = nil
    ) async throws -> DerivedArtifact {
        try await base.addTimeline(
            id, of: asset, events: Self.events(durationMs: durationMs, speech: speech),
            beats: beats.enumerated().map { number, time in
                BeatEvent(timeMs: time, beatIndex: number, barIndex: number / 4, beatInBar: number % 4 + 1)
            }, durationMs: durationMs, sourceSHA256: sourceSHA256, isStub: isStub)
    }

    /// Speech, and silence where there is none.
    static func events(durationMs: Int, speech: [Range<Int>]) -> [AudioEvent] {
        var events: [AudioEvent] = []
        var position = 0
        for span in speech {
            if span.lowerBound > position {
                events.append(AudioEvent(kind: .silence, startMs: position, endMs: span.lowerBound))
            }
            events.append(AudioEvent(kind: .speech, startMs: span.lowerBound, endMs: span.upperBound))
            position = span.upperBound
        }
        if position < durationMs {
            events.append(AudioEvent(kind: .silence, startMs: position, endMs: durationMs))
        }
        return events
    }

    func shots(
        _ clips: [AudioSequence.Clip], _ change: (inout ShotListRequest) -> Void = { _ in }
    ) async throws -> StoredShotList {
        let track = AudioSequence.Track(id: "voice", role: "dialogue", clips: clips)
        var request = ShotListRequest(sequence: AudioSequence(id: "seq", tracks: [track]))
        change(&request)
        return try await origin.shotList(request, in: scope)
    }
}

extension VideoShot {
    var reason: String? { meta["alignment_reason"]?.text }
    var offsetMs: Double? { meta["semantic_offset_ms"]?.double }
    var clip: String? { meta["clip"]?.text }
}

extension AudioSequence.Clip {
    /// A clip of an asset.
    static func of(
        _ asset: String, at startMs: Double = 0, from offsetMs: Double = 0, for durationMs: Double = 2000,
        id: String = "c1"
    ) -> AudioSequence.Clip {
        AudioSequence.Clip(
            id: id, assetID: asset, startMs: startMs, durationMs: durationMs, sourceOffsetMs: offsetMs)
    }
}
