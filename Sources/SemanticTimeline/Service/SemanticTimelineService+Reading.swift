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
        return try await readingWhole(stored) {
            guard let content = stored.artifact.content else { throw Self.damaged }
            return (stored.artifact, try await self.stores.blobs.read(content.sha256, in: scope, range: nil))
        }
    }

    /// A reader of parts of a stored timeline.
    ///
    /// - Throws: ``SemanticTimelineError`` `timelineNotFound`.
    package func reader(_ artifactID: String, in scope: Scope) async throws -> TimelineReader {
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
        let choice = try await choose(clip, options: options)
        for stored in choice.candidates {
            do {
                let key = ClipAnswerKey(
                    artifact: ArtifactKey(scope: clip.scope, artifactID: stored.artifact.id), inMs: clip.inMs,
                    outMs: clip.outMs, speed: clip.speed, timeBase: options.timeBase, choice: choice.how)
                if let answer = clipAnswers[key] { return answer }
                let reader = try await reader(stored)
                let fromMs = clip.inMs + choice.shiftMs
                let toMs = clip.outMs + choice.shiftMs
                let excerpt = try await reader.excerpt(
                    fromMs: Self.whole(fromMs.rounded(.down)), toMs: Self.whole(toMs.rounded(.up)))
                var summary = try excerpt.slice(
                    inMs: fromMs, outMs: toMs, speed: clip.speed, timeBase: options.timeBase)
                summary.artifactID = stored.artifact.id
                // The window is told in the clip's source, whoever's clock was read.
                summary.meta.clipWindowMs = [clip.inMs, clip.outMs]
                summary.meta.selection = choice.how.selection(of: stored.artifact.id)
                let answer = try EncodedTimelineAnswer(TimelineAnswer(artifact: stored.artifact, summary: summary))
                clipAnswers.keep(answer, for: key, cost: answer.json.count * 4)
                return answer
            } catch let error as LibraryError where error.code == .blobMissing || error.code == .blobDamaged {
                logger.error(
                    "a stored timeline is missing or damaged",
                    metadata: ["artifact": "\(stored.artifact.id)", "error": "\(error)"])
            }
        }
        throw Self.noTimeline
    }

    /// The timelines that may answer for a clip, best first.
    private struct Choice {
        var candidates: [StoredTimeline]
        var how: ClipAnswerKey.Choice

        var shiftMs: Double { how.shiftMs }

        init(candidates: [StoredTimeline], shiftMs: Double = 0, source: String, reason: String) {
            self.candidates = candidates
            how = ClipAnswerKey.Choice(shiftMs: shiftMs, source: source, reason: reason)
        }
    }

    private func choose(_ clip: VideoClip, options: ClipTimelineOptions) async throws -> Choice {
        let scope = clip.scope
        guard let asset = try await stores.assets.asset(clip.assetID, in: scope) else { throw Self.noTimeline }
        var selection = TimelineSelection(
            includeBeats: options.includeBeats, includeSpeechMusic: options.includeSpeechMusic)
        let reason = "newest real timeline of the present bytes with all that is asked for"
        var shiftMs = 0.0
        if let artifactID = clip.artifactID {
            guard let artifact = try await stores.artifacts.artifact(artifactID, in: scope) else {
                throw Self.noTimeline
            }
            let own = try await stores.timelines.timelines(
                ofAsset: asset.id, sourceArtifactID: artifactID, in: scope)
            if let pin = options.artifactID, let pinned = own.first(where: { $0.artifact.id == pin }) {
                return Choice(candidates: [pinned], source: "artifact", reason: "pinned")
            }
            if options.artifactID == nil, !own.isEmpty {
                selection.sourceSHA256 = await resolver.presentSHA256(of: artifact.content, uri: artifact.uri)
                let ranked = selection.ranked(own)
                if !ranked.isEmpty { return Choice(candidates: ranked, source: "artifact", reason: reason) }
            }
            shiftMs = artifact.startMs ?? 0
        }
        let all = try await stores.timelines.timelines(ofAsset: asset.id, sourceArtifactID: nil, in: scope)
        if let pin = options.artifactID {
            guard let pinned = all.first(where: { $0.artifact.id == pin }) else { throw Self.noTimeline }
            return Choice(candidates: [pinned], shiftMs: shiftMs, source: "asset", reason: "pinned")
        }
        guard !all.isEmpty else { throw Self.noTimeline }
        selection.sourceSHA256 = await resolver.presentSHA256(of: asset.content, uri: asset.sourceURI)
        return Choice(candidates: selection.ranked(all), shiftMs: shiftMs, source: "asset", reason: reason)
    }

    private func reader(_ stored: StoredTimeline) async throws -> TimelineReader {
        guard let content = stored.artifact.content else { throw Self.damaged }
        let index = try await index(stored.record.indexSHA256, in: stored.artifact.scope)
        return TimelineReader(
            index: index, document: content.sha256, scope: stored.artifact.scope, blobs: stores.blobs)
    }

    private func storedTimeline(_ artifactID: String, in scope: Scope) async throws -> StoredTimeline {
        guard let stored = try await stores.timelines.timeline(artifactID: artifactID, in: scope) else {
            throw SemanticTimelineError.notFound(.timelineNotFound, "timeline")
        }
        return stored
    }

    /// Runs a read; bytes that are missing or damaged are a timeline that is not there.
    package func readingWhole<Value>(
        _ stored: StoredTimeline, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as LibraryError where error.code == .blobMissing || error.code == .blobDamaged {
            logger.error(
                "a stored timeline is missing or damaged",
                metadata: ["artifact": "\(stored.artifact.id)", "error": "\(error)"])
            throw Self.damaged
        }
    }

    static let noTimeline = SemanticTimelineError(
        .timelineNotFound, "no timeline of this recording fits; analyze it first", resourceKind: "timeline")
    static let damaged = SemanticTimelineError(
        .timelineNotFound, "the stored timeline is damaged; analyze the recording again", resourceKind: "timeline")

    /// A time as a whole number inside what a timeline can hold.
    private static func whole(_ milliseconds: Double) -> Int {
        Int(exactly: min(max(milliseconds, 0), 9_007_199_254_740_992)) ?? 0
    }
}
