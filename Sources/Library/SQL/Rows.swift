import TimelineModel

extension MediaAsset: TableRow {
    static let table = "asset"
    static let columns = [
        "id", "user_id", "kind", "source_uri", "duration_ms", "fps", "audio_channels", "sample_rate", "codec_info",
        "size_bytes", "tags", "source_ref", "created_at", "meta", "content_sha256", "content_size", "content_stamp",
    ]

    init(row: SQLRow) throws {
        self.init(
            id: try row.value("id"), scope: try row.scope, userID: try row.value("user_id"),
            kind: try row.value("kind"), sourceURI: try row.value("source_uri"),
            createdAt: try row.time("created_at"), tags: try row.json("tags"),
            sourceRef: try row.value("source_ref"), meta: try row.json("meta"), content: try row.content)
        durationMs = try row.value("duration_ms")
        fps = try row.value("fps")
        audioChannels = try row.value("audio_channels")
        sampleRate = try row.value("sample_rate")
        codecInfo = try row.value("codec_info")
        sizeBytes = try row.value("size_bytes")
    }

    var values: [(any SQLConvertible)?] {
        get throws {
            [
                id, userID, kind.rawValue, sourceURI, durationMs, fps, audioChannels, sampleRate, codecInfo, sizeBytes,
                try JSONText.encode(tags), sourceRef, createdAt.millisecondsSince1970, try JSONText.encode(meta),
                content?.sha256, content?.sizeBytes, content?.stamp,
            ]
        }
    }
}

extension DerivedArtifact: TableRow {
    static let table = "artifact"
    static let columns = [
        "id", "parent_asset_id", "kind", "uri", "start_ms", "end_ms", "track_label", "created_at", "meta",
        "content_sha256", "content_size", "content_stamp",
    ]

    init(row: SQLRow) throws {
        self.init(
            id: try row.value("id"), parentAssetID: try row.value("parent_asset_id"), scope: try row.scope,
            kind: try row.value("kind"), uri: try row.value("uri"), createdAt: try row.time("created_at"),
            startMs: try row.value("start_ms"), endMs: try row.value("end_ms"),
            trackLabel: try row.value("track_label"), meta: try row.json("meta"), content: try row.content)
    }

    var values: [(any SQLConvertible)?] {
        get throws {
            [
                id, parentAssetID, kind.rawValue, uri, startMs, endMs, trackLabel, createdAt.millisecondsSince1970,
                try JSONText.encode(meta), content?.sha256, content?.sizeBytes, content?.stamp,
            ]
        }
    }
}

extension TimelineRecord: TableRow {
    static let table = "timeline"
    static let columns = [
        "artifact_id", "asset_id", "source_artifact_id", "cache_key", "identity", "source_sha256", "is_stub",
        "include_beats", "include_speech_music", "index_sha256",
    ]

    init(row: SQLRow) throws {
        self.init(
            artifactID: try row.value("artifact_id"), assetID: try row.value("asset_id"),
            sourceArtifactID: try row.value("source_artifact_id"), cacheKey: try row.value("cache_key"),
            identity: try row.value("identity"), sourceSHA256: try row.value("source_sha256"),
            isStub: try row.value("is_stub"), includeBeats: try row.value("include_beats"),
            includeSpeechMusic: try row.value("include_speech_music"), indexSHA256: try row.value("index_sha256"))
    }

    var values: [(any SQLConvertible)?] {
        [
            artifactID, assetID, sourceArtifactID, cacheKey, identity, sourceSHA256, isStub, includeBeats,
            includeSpeechMusic, indexSHA256,
        ]
    }
}

extension StageEntry: TableRow {
    static let table = "stage"
    static let columns = ["key", "name", "source_sha256", "blob_sha256", "size_bytes"]
    static let hasSequence = false

    init(row: SQLRow) throws {
        self.init(
            key: try row.value("key"), name: try row.value("name"), sourceSHA256: try row.value("source_sha256"),
            blobSHA256: try row.value("blob_sha256"), sizeBytes: try row.value("size_bytes"))
    }

    var values: [(any SQLConvertible)?] { [key, name, sourceSHA256, blobSHA256, sizeBytes] }
}

extension JobRecord: TableRow {
    static let table = "job"
    static let columns = [
        "id", "user_id", "kind", "state", "stage", "progress", "request", "result", "error", "created_at",
        "started_at", "finished_at", "attempts",
    ]

    init(row: SQLRow) throws {
        self.init(
            id: try row.value("id"), scope: try row.scope, userID: try row.value("user_id"),
            kind: try row.value("kind"), request: try row.json("request"), createdAt: try row.time("created_at"))
        state = try row.value("state")
        stage = try row.value("stage")
        progress = try row.value("progress")
        result = try row.jsonIfPresent("result")
        error = try row.jsonIfPresent("error")
        startedAt = try row.timeIfPresent("started_at")
        finishedAt = try row.timeIfPresent("finished_at")
        attempts = try row.value("attempts")
    }

    var values: [(any SQLConvertible)?] {
        get throws {
            [
                id, userID, kind, state.rawValue, stage, progress, try JSONText.encode(request),
                try result.map { try JSONText.encode($0) }, try error.map { try JSONText.encode($0) },
                createdAt.millisecondsSince1970, startedAt?.millisecondsSince1970,
                finishedAt?.millisecondsSince1970, attempts,
            ]
        }
    }
}
