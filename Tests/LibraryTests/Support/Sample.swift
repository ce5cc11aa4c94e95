import Library
import TimelineModel

/// Things to put into a library.
enum Sample {
    static let scope = Scope(tenantID: "acme", env: "dev")
    static let otherTenant = Scope(tenantID: "other", env: "dev")
    static let otherEnv = Scope(tenantID: "acme", env: "prod")

    /// A well-formed digest, a different one for each text.
    static func digest(_ text: String) -> String {
        let digits = text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return String((digits + String(repeating: "0", count: 64)).prefix(64))
    }

    static let time = Timestamp(millisecondsSince1970: 1_764_000_000_123)

    static let meta: [String: JSONValue] = [
        "text": .string("naïve “quotes” \u{0} and a line\nbreak"),
        "integer": .integer(.max),
        "number": .number(0.1),
        "nothing": .null,
        "deep": .object(["list": .array([.bool(true), .string(""), .object([:])])]),
    ]

    static func asset(
        _ id: String, in scope: Scope = scope, kind: AssetKind = .audio, tags: [String] = [],
        sourceRef: String? = nil, content: ContentFacts? = nil
    ) -> MediaAsset {
        MediaAsset(
            id: id, scope: scope, kind: kind, sourceURI: "file:///media/\(id).wav", createdAt: time, tags: tags,
            sourceRef: sourceRef, content: content)
    }

    static func artifact(
        _ id: String, of assetID: String, in scope: Scope = scope, kind: ArtifactKind = .stem,
        content: ContentFacts? = nil
    ) -> DerivedArtifact {
        DerivedArtifact(
            id: id, parentAssetID: assetID, scope: scope, kind: kind, uri: "file:///media/\(id).wav",
            createdAt: time, meta: ["pipeline_hash": .string(id)], content: content)
    }

    static func record(
        _ artifactID: String, of assetID: String, sourceArtifactID: String? = nil, cacheKey: String = "key",
        identity: String = "identity", source: String = digest("source"), index: String = digest("index")
    ) -> TimelineRecord {
        TimelineRecord(
            artifactID: artifactID, assetID: assetID, sourceArtifactID: sourceArtifactID, cacheKey: cacheKey,
            identity: identity, sourceSHA256: source, isStub: false, includeBeats: true, includeSpeechMusic: true,
            indexSHA256: index)
    }

    static func stage(
        _ key: String, source: String = digest("source"), blob: String = digest("blob")
    ) -> StageEntry {
        StageEntry(key: key, name: "scene", sourceSHA256: source, blobSHA256: blob, sizeBytes: 12)
    }

    static func job(_ id: String, in scope: Scope = scope) -> JobRecord {
        JobRecord(
            id: id, scope: scope, userID: nil, kind: "analyze", request: .object(["asset_id": .string("a")]),
            createdAt: time)
    }

    static func project(_ id: String, in scope: Scope = scope) -> VideoProject {
        VideoProject(id: id, scope: scope, userID: nil, title: "Title", createdAt: time, meta: [:])
    }

    static func sequence(_ id: String, of projectID: String, in scope: Scope = scope) -> VideoSequence {
        VideoSequence(id: id, scope: scope, projectID: projectID, name: "Name", createdAt: time, meta: [:])
    }

    static func track(_ id: String, of sequenceID: String, in scope: Scope = scope) -> VideoTrack {
        VideoTrack(
            id: id, scope: scope, sequenceID: sequenceID, kind: .audio, name: "Name", order: 1, createdAt: time,
            meta: [:])
    }

    static func clip(_ id: String, of trackID: String, in scope: Scope = scope) -> VideoClip {
        VideoClip(
            id: id, scope: scope, trackID: trackID, assetID: "a", inMs: 1000.25, outMs: 4000, startMsOnTimeline: 500,
            createdAt: time)
    }

    /// Project `p`, sequence `s`, track `t` and clip `c`, one in the other.
    static func insertVideo(into store: any VideoStore, in scope: Scope = scope) async throws {
        try await store.insert(project("p", in: scope))
        try await store.insert(sequence("s", of: "p", in: scope))
        try await store.insert(track("t", of: "s", in: scope))
        try await store.insert(clip("c", of: "t", in: scope))
    }
}
