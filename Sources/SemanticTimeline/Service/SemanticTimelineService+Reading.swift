public import Library
import Logging
public import TimelineModel

/// How a clip's timeline is asked for.
public struct ClipTimelineOptions: Sendable, Hashable {
    public var includeBeats = true
    public var includeSpeechMusic = true
    /// Pins one timeline.
    public var artifactID: String?
    public var timeBase: TimeBase = .source

    public init() {}
}

extension SemanticTimelineService {
    /// A stored timeline's artifact with the bytes of its JSON, checked.
    ///
    /// - Throws: ``SemanticTimelineError`` `timelineNotFound`.
    public func document(_ artifactID: String, in scope: Scope) async throws -> (DerivedArtifact, [UInt8]) {
        let stored = try await storedTimeline(artifactID, in: scope)
        return try await readingWhole(stored.artifact.id) {
            guard let content = stored.artifact.content else { throw Self.damaged }
            return (stored.artifact, try await self.stores.blobs.read(content.sha256, in: scope, range: nil))
        }
    }

    /// A reader of parts of a stored timeline.
    ///
    /// - Throws: ``SemanticTimelineError`` `timelineNotFound`.
    func reader(_ artifactID: String, in scope: Scope) async throws -> TimelineReader {
        try await reader(storedTimeline(artifactID, in: scope))
    }

    /// The timeline of a clip's window, in the clip's own time.
    ///
    /// - Throws: ``SemanticTimelineError`` `clipNotFound`; `timelineNotFound` when nothing suitable was analysed.
    public func timeline(
        ofClip id: String, options: ClipTimelineOptions, in scope: Scope
    ) async throws -> EncodedTimelineAnswer {
        try await translatingErrors {
            guard let clip = try await self.stores.video.node(VideoClip.self, id: id, in: scope) else {
                throw SemanticTimelineError.notFound(.clipNotFound, "clip")
            }
            return try await self.timeline(of: clip, options: options)
        }
    }

    private func timeline(of clip: VideoClip, options: ClipTimelineOptions) async throws -> EncodedTimelineAnswer {
        for candidate in try await candidates(for: clip, options: options) {
            do {
                return try await readingWhole(candidate.timeline.artifact.id) {
                    try await self.answer(candidate, for: clip, timeBase: options.timeBase)
                }
            } catch let error as SemanticTimelineError where error == Self.damaged {
                continue
            }
        }
        throw Self.noTimeline
    }

    private func answer(
        _ candidate: Candidate, for clip: VideoClip, timeBase: TimeBase
    ) async throws -> EncodedTimelineAnswer {
        let (stored, how) = (candidate.timeline, candidate.how)
        let key = ClipAnswerKey(
            artifact: ArtifactKey(scope: clip.scope, artifactID: stored.artifact.id), inMs: clip.inMs,
            outMs: clip.outMs, speed: clip.speed, timeBase: timeBase, choice: how)
        if let answer = clipAnswers[key] { return answer }
        let reader = try await reader(stored)
        let fromMs = clip.inMs + how.shiftMs
        let toMs = clip.outMs + how.shiftMs
        let excerpt = try await reader.excerpt(
            fromMs: Self.whole(fromMs.rounded(.down)), toMs: Self.whole(toMs.rounded(.up)))
        var summary = try excerpt.slice(inMs: fromMs, outMs: toMs, speed: clip.speed, timeBase: timeBase)
        summary.artifactID = stored.artifact.id
        // The window is told in the clip's source, whoever's clock was read.
        summary.meta.clipWindowMs = [clip.inMs, clip.outMs]
        summary.meta.selection = how.selection(of: stored.artifact.id)
        let answer = try EncodedTimelineAnswer(TimelineAnswer(artifact: stored.artifact, summary: summary))
        clipAnswers.keep(answer, for: key, cost: answer.json.count * 4)
        return answer
    }

    /// A timeline that may answer for a clip.
    private struct Candidate {
        var timeline: StoredTimeline
        var how: ClipAnswerKey.Choice
    }

    /// The timelines that may answer for a clip, best first: those of its own artifact, then the asset's; stubs last.
    private func candidates(for clip: VideoClip, options: ClipTimelineOptions) async throws -> [Candidate] {
        let scope = clip.scope
        guard let asset = try await stores.assets.asset(clip.assetID, in: scope) else { throw Self.noTimeline }
        var found: [Candidate] = []
        var shiftMs = 0.0
        if let artifactID = clip.artifactID {
            guard let artifact = try await stores.artifacts.artifact(artifactID, in: scope) else {
                throw Self.noTimeline
            }
            let own = try await stores.timelines.timelines(
                ofAsset: asset.id, sourceArtifactID: artifactID, in: scope)
            found += try await ranked(own, options, source: "artifact", shiftMs: 0) {
                try await resolver.presentSHA256(of: artifact)
            }
            shiftMs = artifact.startMs ?? 0
        }
        let all = try await stores.timelines.timelines(ofAsset: asset.id, sourceArtifactID: nil, in: scope)
        found += try await ranked(all, options, source: "asset", shiftMs: shiftMs) {
            try await resolver.presentSHA256(of: asset)
        }
        return found.filter { !$0.timeline.record.isStub } + found.filter(\.timeline.record.isStub)
    }

    /// - Parameter presentSHA256: of the source's bytes; asked only where it matters.
    private func ranked(
        _ timelines: [StoredTimeline], _ options: ClipTimelineOptions, source: String, shiftMs: Double,
        presentSHA256: () async throws -> String?
    ) async throws -> [Candidate] {
        if let pin = options.artifactID {
            return timelines.filter { $0.artifact.id == pin }.map {
                Candidate(timeline: $0, how: .init(shiftMs: shiftMs, source: source, reason: "pinned"))
            }
        }
        guard !timelines.isEmpty else { return [] }
        let selection = TimelineSelection(
            includeBeats: options.includeBeats, includeSpeechMusic: options.includeSpeechMusic,
            sourceSHA256: try await presentSHA256())
        let reason = "newest real timeline of the present bytes with all that is asked for"
        return selection.ranked(timelines).map {
            Candidate(timeline: $0, how: .init(shiftMs: shiftMs, source: source, reason: reason))
        }
    }

    func reader(_ stored: StoredTimeline) async throws -> TimelineReader {
        guard let content = stored.artifact.content else { throw Self.damaged }
        let index = try await index(stored.record.indexSHA256, in: stored.artifact.scope)
        var reader = TimelineReader(
            index: index, document: content.sha256, scope: stored.artifact.scope, blobs: stores.blobs)
        reader.cueCache = cues
        return reader
    }

    private func storedTimeline(_ artifactID: String, in scope: Scope) async throws -> StoredTimeline {
        let stored = try await readingWhole(artifactID) {
            try await self.stores.timelines.timeline(artifactID: artifactID, in: scope)
        }
        guard let stored else { throw SemanticTimelineError.notFound(.timelineNotFound, "timeline") }
        return stored
    }

    /// Runs a read; bytes that are missing or damaged are a timeline that is not there.
    func readingWhole<Value>(
        _ artifactID: String, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as LibraryError where [.blobMissing, .blobDamaged, .rowDamaged].contains(error.code) {
            logger.error(
                "a stored timeline is missing or damaged",
                metadata: ["artifact": "\(artifactID)", "error": "\(error)"])
            throw Self.damaged
        }
    }

    static let noTimeline = SemanticTimelineError(
        .timelineNotFound, "no timeline of this recording fits; analyze it first", resourceKind: "timeline")
    package static let damaged = SemanticTimelineError(
        .timelineNotFound, "the stored timeline is damaged; analyze the recording again", resourceKind: "timeline")

    /// A time as a whole number inside what a timeline can hold.
    private static func whole(_ milliseconds: Double) -> Int {
        Int(exactly: min(max(milliseconds, 0), 9_007_199_254_740_992)) ?? 0
    }
}
