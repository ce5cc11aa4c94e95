import Files
import HTTPTypes
import Hummingbird
import Interchange
import Library
import NIOCore
import SemanticTimeline
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `/audio/semantic-timeline`: analyse, get, cut to a clip.
struct SemanticRoutes: Sendable {
    let service: SemanticTimelineService
    let tenancy: Tenancy

    func add(to router: Router<AppContext>) {
        router.post("/audio/semantic-timeline/analyze", use: analyze)
        router.get("/audio/semantic-timeline/by-clip/:clip_id", use: byClip)
        router.get("/audio/semantic-timeline/:artifact_id", use: get)
        router.get("/audio/semantic-timeline/:artifact_id/view", use: view)
        router.get("/audio/semantic-timeline/:artifact_id/events", use: events)
        router.get("/audio/semantic-timeline/:artifact_id/coverage", use: coverage)
        router.get("/audio/semantic-timeline/:artifact_id/nearest", use: nearest)
    }

    // MARK: - Analyse

    @Sendable private func analyze(_ request: Request, context: AppContext) async throws -> Response {
        let fields = try await JSONBody.fields(of: request)
        let caller = try await tenancy.caller(of: request, body: fields)
        let parameters = AnalysisParameters(
            includeBeats: try fields.bool("include_beats", default: true),
            includeSpeechMusic: try fields.bool("include_speech_music", default: true),
            minSilenceMs: try fields.clampedInteger("min_silence_ms", default: 300),
            loudnessWindowMs: try fields.clampedInteger("loudness_window_ms", default: 1000),
            language: try fields.string("language").flatMap { $0.isEmpty ? nil : $0 },
            bpm: try fields.number("bpm", in: 20...400), meter: try fields.integer("meter", in: 2...12),
            vocabulary: try fields.string("vocabulary").flatMap { $0.isEmpty ? nil : $0 })
        var asked = SemanticRequest(
            scope: caller.scope, userID: caller.userID,
            assetID: try fields.requiredIdentifier("asset_id", as: .assetID),
            artifactID: try fields.identifier("artifact_id", as: .artifactID), parameters: parameters,
            force: try fields.bool("force", default: false))
        asked.priority = try fields.choice("priority", SemanticRequest.Priority.self)
        // A clamp is noted by what was asked, so the values go on as they came.
        asked.minSilenceMs = try fields.clampedInteger("min_silence_ms", default: 300)
        asked.loudnessWindowMs = try fields.clampedInteger("loudness_window_ms", default: 1000)
        switch try await service.start(asked) {
        case .hit(_, let json):
            return JSONResponse.response(json)
        case .job(let handle):
            guard Self.prefersAsync(request) else { return try JSONResponse.make(try await handle.result()) }
            return try JSONResponse.make(
                handle.snapshot.record, status: .accepted,
                headers: [.location: "/jobs/\(handle.id)", .preferenceApplied: "respond-async"])
        }
    }

    /// RFC 7240.
    private static func prefersAsync(_ request: Request) -> Bool {
        request.headers[values: .prefer].contains { value in
            value.split(separator: ",").contains { $0.trimmingSpaces.lowercased() == "respond-async" }
        }
    }

    // MARK: - Get

    private enum Layout: String, CaseIterable {
        case layers
        case flat
    }

    @Sendable private func get(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let id = try context.pathID("artifact_id")
        let layout = try request.query.choice("layout", Layout.self) ?? .layers
        let format = try request.query.choice("format", TimelineFormat.self) ?? .json
        let rate = try request.query.frameRate("frame_rate")
        let (artifact, bytes) = try await service.document(id, in: caller.scope)
        if layout == .layers, format == .json { return try StoredTimelineResponse.make(artifact, storedJSON: bytes) }
        var summary = try SemanticTimelineService.summary(of: artifact, bytes)
        if layout == .flat { summary = summary.flattened() }
        if format == .json { return try JSONResponse.make(TimelineAnswer(artifact: artifact, summary: summary)) }
        try Self.checkLength(of: summary, instead: "cueline export")
        let asset = try await service.stores.assets.asset(artifact.parentAssetID, in: caller.scope)
        let file = try await BlockingWork.run(priority: .bulk) { [summary] _ in
            try format.bytes(of: summary, mediaURL: asset?.sourceURI, frameRate: rate)
        }
        return ExportResponse.make(
            file, mediaType: format.mediaType, fileName: "\(id).\(format.fileExtension)")
    }

    /// - Parameter instead: what makes the file of a longer timeline.
    private static func checkLength(of summary: AudioSemanticTimelineSummary, instead: String) throws {
        guard summary.events.count + summary.beats.count <= longestExport else {
            throw SemanticTimelineError(
                .mediaTooLarge,
                "the timeline has more than \(longestExport) events and beats; get its JSON and use \(instead)",
                resourceKind: "timeline")
        }
    }

    /// What the page at `/` draws, with the address of the sound that was analysed.
    @Sendable private func view(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let (artifact, bytes) = try await service.document(try context.pathID("artifact_id"), in: caller.scope)
        let summary = try SemanticTimelineService.summary(of: artifact, bytes)
        try Self.checkLength(of: summary, instead: "cueline view")
        var page = TimelinePage(summary)
        let asset = try await service.stores.assets.asset(artifact.parentAssetID, in: caller.scope)
        page.title = asset?.meta["title"]?.text
        page.sound = .path(
            summary.meta.sourceArtifactID.map { SemanticTimelineService.contentURI(ofArtifact: $0) }
                ?? "/media-v2/assets/\(artifact.parentAssetID)/content")
        return JSONResponse.response(try await BlockingWork.run(priority: .bulk) { [page] _ in try page.json() })
    }

    /// Most events and beats of a timeline that is made into a file while the caller waits: some days of recording.
    private static let longestExport = 500_000

    // MARK: - By clip

    @Sendable private func byClip(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let query = request.query
        var options = ClipTimelineOptions()
        options.includeBeats = try query.bool("include_beats", default: true)
        options.includeSpeechMusic = try query.bool("include_speech_music", default: true)
        options.artifactID = try query.identifier("artifact_id", as: .artifactID)
        options.timeBase = try query.choice("time_base", TimeBase.self) ?? .source
        let answer = try await service.timeline(
            ofClip: try context.pathID("clip_id"), options: options, in: caller.scope)
        return JSONResponse.response(answer.json)
    }

    // MARK: - Queries

    private static func window(_ query: RequestFields) throws -> QueryWindow {
        let window = QueryWindow(
            fromMs: try query.integer("from_ms", in: 0...RequestFields.largestInteger),
            toMs: try query.integer("to_ms", in: 0...RequestFields.largestInteger))
        if let from = window.fromMs, let to = window.toMs, to < from {
            throw SemanticTimelineError.invalid("to_ms", "must not be before from_ms")
        }
        return window
    }

    private struct EventsAnswer: Encodable {
        var events: [AudioEvent]
        var cursor: String?
    }

    @Sendable private func events(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let query = request.query
        let page = try await service.events(
            ofTimeline: try context.pathID("artifact_id"), in: caller.scope,
            window: try Self.window(query), kind: try query.choice("kind", EventKind.self),
            limit: try query.integer("limit", in: 1...10_000) ?? 1000,
            cursor: try query.integer("cursor", in: 0...RequestFields.largestInteger))
        return try JSONResponse.make(EventsAnswer(events: page.events, cursor: page.cursor.map { "\($0)" }))
    }

    @Sendable private func coverage(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let sums = try await service.coverage(
            ofTimeline: try context.pathID("artifact_id"), in: caller.scope,
            window: try Self.window(request.query))
        return try JSONResponse.make(
            Dictionary(uniqueKeysWithValues: sums.map { ($0.key.rawValue, $0.value) }))
    }

    private struct NearestAnswer: Encodable {
        var what: String
        var timeMs: Int?
        var distanceMs: Int?
        var beat: BeatEvent?
        var event: AudioEvent?

        enum CodingKeys: String, CodingKey {
            case what
            case timeMs = "time_ms"
            case distanceMs = "distance_ms"
            case beat
            case event
        }
    }

    @Sendable private func nearest(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let query = request.query
        guard let atMs = try query.integer("at_ms", in: 0...RequestFields.largestInteger) else {
            throw SemanticTimelineError.invalid("at_ms", "is required")
        }
        let what = try query.choice("what", NearestTarget.self) ?? .beat
        let found = try await service.nearest(
            inTimeline: try context.pathID("artifact_id"), in: caller.scope, atMs: atMs, what)
        return try JSONResponse.make(
            NearestAnswer(
                what: what.rawValue, timeMs: found?.timeMs, distanceMs: found?.distanceMs, beat: found?.beat,
                event: found?.event))
    }
}
