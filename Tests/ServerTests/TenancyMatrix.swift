import HTTPTypes

/// What `TenancyMatrixTests` asks.
enum TenancyMatrix {
    /// Routes without an id, and why nobody's things show in them.
    static let open = [
        "GET /health": "says nothing of tenants", "GET /ready": "says nothing of tenants",
        "GET /metrics": "for operators; names tenants only where they share a queue",
        "GET /openapi.json": "the same for everybody", "GET /": "a page that holds nothing",
        "POST /media-v2/assets": "makes what is its caller's", "POST /media-v2/uploads": "makes what is its caller's",
        "POST /video/projects": "makes what is its caller's",
        "GET /media-v2/assets": "a list, see `lists`", "GET /video/projects": "a list, see `lists`",
    ]

    /// A route with an id in it, and a body where it needs one.
    struct Route: Sendable, CustomStringConvertible {
        var method: HTTPRequest.Method
        var uri: String
        var json: String?
        var status = 200

        var description: String { "\(method) \(uri)" }

        /// The method and the path, as the router has it.
        var name: String {
            "\(method) " + uri.prefix { $0 != "?" }.replacing("%ID", with: "{}")
        }
    }

    /// `%ID` stands for the thing's id; what deletes comes last.
    static let routes: [(kind: String, route: Route)] = [
        ("asset", Route(method: .get, uri: "/media-v2/assets/%ID")),
        ("asset", Route(method: .get, uri: "/media-v2/assets/%ID/content")),
        (
            "asset",
            Route(
                method: .post, uri: "/media-v2/assets/%ID/artifacts",
                json: #"{"kind": "stem", "uri": "file:///nowhere"}"#, status: 400)
        ),
        ("timeline", Route(method: .get, uri: "/media-v2/artifacts/%ID")),
        ("timeline", Route(method: .get, uri: "/media-v2/artifacts/%ID/content")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID?layout=flat")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID?format=vtt")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID?format=srt")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID/view")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID/events")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID/coverage")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID/nearest?at_ms=5")),
        ("clip", Route(method: .get, uri: "/audio/semantic-timeline/by-clip/%ID")),
        ("asset", Route(method: .post, uri: "/audio/semantic-timeline/analyze", json: #"{"asset_id": "%ID"}"#)),
        (
            "asset",
            Route(
                method: .post, uri: "/audio/to-video-origin",
                json: #"{"sequence": {"tracks": [{"clips": [{"asset_id": "%ID", "start_ms": 0, "duration_ms": 9}]}]}}"#)
        ),
        ("list", Route(method: .get, uri: "/audio/to-video-origin/%ID")),
        ("list", Route(method: .get, uri: "/audio/to-video-origin/%ID?format=otio")),
        ("list", Route(method: .get, uri: "/audio/to-video-origin/%ID?format=edl&frame_rate=25")),
        ("asset", Route(method: .post, uri: "/audio/voice-phrases/detect", json: #"{"asset_id": "%ID"}"#)),
        ("job", Route(method: .get, uri: "/jobs/%ID")),
        ("job", Route(method: .get, uri: "/jobs/%ID/events")),
        ("job", Route(method: .delete, uri: "/jobs/%ID")),
        ("project", Route(method: .get, uri: "/video/projects/%ID")),
        ("project", Route(method: .get, uri: "/video/projects/%ID/sequences")),
        ("project", Route(method: .post, uri: "/video/projects/%ID/sequences", json: "{}", status: 201)),
        ("project", Route(method: .patch, uri: "/video/projects/%ID", json: #"{"title": "x"}"#)),
        ("sequence", Route(method: .get, uri: "/video/sequences/%ID")),
        ("sequence", Route(method: .get, uri: "/video/sequences/%ID/tracks")),
        ("sequence", Route(method: .post, uri: "/video/sequences/%ID/tracks", json: "{}", status: 201)),
        ("sequence", Route(method: .patch, uri: "/video/sequences/%ID", json: #"{"name": "x"}"#)),
        ("track", Route(method: .get, uri: "/video/tracks/%ID")),
        ("track", Route(method: .get, uri: "/video/tracks/%ID/clips")),
        (
            "track",
            Route(
                method: .post, uri: "/video/tracks/%ID/clips",
                json: #"{"asset_id": "asset1", "in_ms": 0, "out_ms": 10}"#, status: 201)
        ),
        ("track", Route(method: .patch, uri: "/video/tracks/%ID", json: #"{"name": "x"}"#)),
        ("clip", Route(method: .get, uri: "/video/clips/%ID")),
        ("clip", Route(method: .patch, uri: "/video/clips/%ID", json: #"{"label": "x"}"#)),
        ("clip", Route(method: .delete, uri: "/video/clips/%ID", status: 204)),
        ("track", Route(method: .delete, uri: "/video/tracks/%ID", status: 204)),
        ("sequence", Route(method: .delete, uri: "/video/sequences/%ID", status: 204)),
        ("project", Route(method: .delete, uri: "/video/projects/%ID", status: 204)),
        ("asset", Route(method: .delete, uri: "/media-v2/assets/%ID", status: 204)),
    ]

    /// Requests of another tenant for its own things that name a thing of the first one: `%ID` stands for that, `%A` for
    /// the other one's own asset.
    static let namingOthers: [(kind: String, route: Route)] = [
        (
            "timeline",
            Route(
                method: .post, uri: "/audio/semantic-timeline/analyze",
                json: #"{"asset_id": "%A", "artifact_id": "%ID"}"#, status: 404)
        ),
        (
            "timeline",
            Route(
                method: .post, uri: "/audio/voice-phrases/detect",
                json: #"{"asset_id": "%A", "artifact_id": "%ID"}"#, status: 404)
        ),
        (
            "timeline",
            Route(method: .get, uri: "/audio/semantic-timeline/by-clip/clip1?artifact_id=%ID", status: 404)
        ),
        (
            "asset",
            Route(
                method: .post, uri: "/video/tracks/track/clips",
                json: #"{"asset_id": "%ID", "in_ms": 0, "out_ms": 10}"#, status: 404)
        ),
        (
            "timeline",
            Route(
                method: .post, uri: "/video/tracks/track/clips",
                json: #"{"asset_id": "%A", "artifact_id": "%ID", "in_ms": 0, "out_ms": 10}"#, status: 404)
        ),
        ("asset", Route(method: .patch, uri: "/video/clips/clip1", json: #"{"asset_id": "%ID"}"#, status: 404)),
        ("timeline", Route(method: .patch, uri: "/video/clips/clip1", json: #"{"artifact_id": "%ID"}"#, status: 404)),
        (
            "timeline",
            Route(
                method: .post, uri: "/audio/to-video-origin",
                json:
                    #"{"sequence": {"tracks": [{"clips": [{"artifact_id": "%ID", "start_ms": 0, "duration_ms": 9}]}]}}"#,
                status: 404)
        ),
        (
            "asset",
            Route(
                method: .post, uri: "/media-v2/assets",
                json: #"{"source_uri": "/media-v2/assets/%ID/content"}"#, status: 400)
        ),
        (
            "timeline",
            Route(
                method: .post, uri: "/media-v2/assets/%A/artifacts",
                json: #"{"kind": "stem", "uri": "/media-v2/artifacts/%ID/content"}"#, status: 400)
        ),
        // What is anchored in nothing of the other one's stays where it is.
        ("asset", Route(method: .get, uri: "/media-v2/assets?source_ref=%ID")),
        ("asset", Route(method: .get, uri: "/media-v2/assets?tag=%ID")),
    ]
}
