import Library
import SemanticTimeline
import TimelineModel

/// Shots in the making: one request, clip by clip.
struct ShotAssembly {
    private let request: ShotListRequest
    private let service: SemanticTimelineService
    private var sources: ShotSources
    private var finder: ShotSemanticsFinder
    private var shots: [VideoShot] = []
    private var skipped: [JSONValue] = []
    private var semantics: [String: JSONValue] = [:]
    private var missing: Set<String> = []
    /// Of the last shot, in track and clip order, that had any.
    private var lastSemantics: ShotSemantics?
    /// Where a track's last shot ended.
    private struct Cut {
        var asset: String
        var sourceMs: Double
        var targetMs: Double
        var sourceFrame: Int
    }

    private var lastCuts: [String: Cut] = [:]
    /// Whose the list is: the asset of the first shot.
    private(set) var firstAssetID: String?

    init(request: ShotListRequest, service: SemanticTimelineService, scope: Scope) {
        self.request = request
        self.service = service
        sources = ShotSources(service: service, scope: scope)
        finder = ShotSemanticsFinder(service: service, needsBeats: request.wantsBeats)
    }

    mutating func addAll() async throws {
        let tracks = request.sequence.orderedTracks
        let anySoloed = tracks.contains(where: \.isSoloed)
        for track in tracks {
            let reason: String? = track.isMuted ? "muted" : anySoloed && !track.isSoloed ? "not_soloed" : nil
            for clip in track.clips {
                try Task.checkCancellation()
                if let reason {
                    skip(clip, of: track, reason)
                    continue
                }
                do {
                    try await add(clip, of: track)
                } catch var error as SemanticTimelineError {
                    // What cannot be done names the clip.
                    error.message = "clip \(clip.id) of track \(track.id): \(error.message)"
                    throw error
                }
            }
        }
        // Tracks and clips were taken in order: equal starts keep it.
        shots = shots.enumerated().sorted {
            ($0.element.targetStartMs, $0.offset) < ($1.element.targetStartMs, $1.offset)
        }
        .map(\.element)
    }

    private mutating func skip(_ clip: AudioSequence.Clip, of track: AudioSequence.Track, _ reason: String) {
        skipped.append(
            .object(["track": .string(track.id), "clip": .string(clip.id), "reason": .string(reason)]))
    }

    private mutating func add(_ clip: AudioSequence.Clip, of track: AudioSequence.Track) async throws {
        let source = try await sources.source(of: clip)
        let found = try await finder.semantics(of: source.asset)
        if request.requiresSemantics, found == nil {
            throw SemanticTimelineError(
                .timelineNotFound, "no timeline of its recording; analyze it first", resourceKind: "timeline")
        }
        // The container's length and the decoded one may differ by a little; both are the asset's.
        let length = [source.asset.durationMs, found.map { Double($0.reader.durationMs) }].compactMap { $0 }.max()
        var window = ShotPlacement.Window(
            startMs: source.baseMs + clip.sourceOffsetMs, durationMs: clip.durationMs, assetMs: length)
        // Sums of fractions end a little beyond what they are sums of.
        let slack = 0.001
        guard window.startMs >= -slack, window.endMs <= (length ?? RequestFields.latestMs * 2) + slack else {
            throw SemanticTimelineError(
                .validation, "its window, \(window.startMs) to \(window.endMs) ms, leaves the recording",
                resourceKind: "clip", httpStatus: 422)
        }
        window.startMs = max(window.startMs, 0)
        window.assetMs = length.map { max($0, window.endMs) }
        var cues: ShotCues?
        if let found {
            cues = try await ShotCues.find(
                in: found.reader, startMs: window.startMs, durationMs: window.durationMs,
                beatToleranceMs: request.wantsBeats ? request.beatToleranceMs : nil)
        }
        let placement = ShotPlacement(
            window, alignment: request.alignment, maxShiftMs: request.maxShiftMs, cues: cues)
        guard let shot = shot(clip, of: track, source, window, placement) else {
            return skip(clip, of: track, "shorter_than_a_frame")
        }
        note(shot, source, found, cues, placement, window)
    }

    /// The shot, on frames where a rate is given: rounded once, so that adjacent shots share a frame. nil when nothing is
    /// left of it.
    private mutating func shot(
        _ clip: AudioSequence.Clip, of track: AudioSequence.Track, _ source: ShotSource,
        _ window: ShotPlacement.Window, _ placement: ShotPlacement
    ) -> VideoShot? {
        var shot = VideoShot(
            sourceAssetID: source.asset.id, sourceStartMs: placement.startMs,
            sourceEndMs: placement.startMs + clip.durationMs, targetStartMs: clip.startMs,
            targetDurationMs: clip.durationMs, meta: source.meta)
        shot.meta["track"] = .string(track.id)
        shot.meta["role"] = .string(track.role)
        shot.meta["clip"] = .string(clip.id)
        if let label = clip.label { shot.meta["label"] = .string(label) }
        var movedMs = placement.startMs - window.startMs
        if let rate = request.frameRate {
            guard let frames = frames(of: shot, on: track.id, at: rate, assetMs: window.assetMs) else { return nil }
            shot.sourceStartMs = rate.milliseconds(ofFrame: frames.source)
            shot.sourceEndMs = rate.milliseconds(ofFrame: frames.source + frames.count)
            shot.targetStartMs = rate.milliseconds(ofFrame: frames.target)
            shot.targetDurationMs = rate.milliseconds(ofFrame: frames.count)
            shot.meta["source_start_frame"] = .integer(Int64(frames.source))
            shot.meta["target_start_frame"] = .integer(Int64(frames.target))
            shot.meta["duration_frames"] = .integer(Int64(frames.count))
            // What picture was moved against sound, both as they are shown.
            movedMs = (shot.sourceStartMs - shot.targetStartMs) - (window.startMs - clip.startMs)
        }
        shot.meta["audio_source_offset_ms"] = .milliseconds(movedMs)
        return shot
    }

    /// A shot's frames, rounded once. Where it goes on with what its track showed last, in the sequence and in the
    /// source, it goes on at the same frame in both.
    ///
    /// - Returns: nil when nothing is left of it.
    private mutating func frames(
        of shot: VideoShot, on track: String, at rate: FrameRate, assetMs: Double?
    ) -> FrameWindow? {
        guard
            var window = FrameWindow(
                sourceStartMs: shot.sourceStartMs, targetStartMs: shot.targetStartMs,
                durationMs: shot.targetDurationMs, mediaMs: assetMs, rate: rate)
        else { return nil }
        if let last = lastCuts[track], last.asset == shot.sourceAssetID,
            abs(last.sourceMs - shot.sourceStartMs) < 0.001, abs(last.targetMs - shot.targetStartMs) < 0.001
        {
            window.source = last.sourceFrame
            if let assetMs { window.end(with: rate.wholeFrames(inMs: assetMs), earliestSource: window.source) }
        }
        lastCuts[track] = Cut(
            asset: shot.sourceAssetID, sourceMs: shot.sourceEndMs,
            targetMs: shot.targetStartMs + shot.targetDurationMs, sourceFrame: window.source + window.count)
        return window
    }

    /// Adds a shot with what is known of its alignment.
    private mutating func note(
        _ shot: VideoShot, _ source: ShotSource, _ found: ShotSemantics?, _ cues: ShotCues?,
        _ placement: ShotPlacement, _ window: ShotPlacement.Window
    ) {
        var shot = shot
        shot.meta["alignment_reason"] = .string(placement.reason.rawValue)
        shot.meta["semantic_offset_ms"] = .milliseconds(placement.startMs - window.startMs)
        shot.meta["beat_offset_ms"] = .milliseconds(placement.beatOffsetMs)
        shot.meta["nominal_source_start_ms"] = .milliseconds(window.startMs)
        shot.meta["first_speech_ms"] = cues?.firstSpeechMs.map { .integer(Int64($0)) } ?? .null
        shot.meta["semantic_version"] = found?.version ?? .null
        shot.meta["semantic_cache_key"] = found.map { .string($0.timeline.record.cacheKey) } ?? .null
        shot.meta["semantic_identity"] = found.map { .string($0.timeline.record.identity) } ?? .null
        shot.meta["semantic_artifact_id"] = found.map { .string($0.timeline.artifact.id) } ?? .null
        shots.append(shot)
        firstAssetID = firstAssetID ?? source.asset.id
        if let found {
            semantics[source.asset.id] = found.meta
            lastSemantics = found
        } else {
            missing.insert(source.asset.id)
        }
    }

    func result() -> ShotListResult {
        var meta: [String: JSONValue] = [
            "count": .integer(Int64(shots.count)), "alignment": .string(request.alignment.rawValue),
            "snap_to_beats": .bool(request.snapsToBeats), "beat_tolerance_ms": .milliseconds(request.beatToleranceMs),
            "max_shift_ms": request.maxShiftMs.map { .milliseconds($0) } ?? .null,
            "semantics": .object(semantics), "missing_semantics": .array(missing.sorted().map { .string($0) }),
            "skipped": .array(skipped), "sequence_id": .string(request.sequence.id),
            "tracks": .array(request.sequence.orderedTracks.map { .string($0.id) }),
            "version": .string(VideoOriginService.version),
        ]
        if let rate = request.frameRate {
            meta["frame_rate"] = .string(rate.description)
            meta["drop_frame"] = .bool(request.isDropFrame)
        }
        if let bpm = request.sequence.bpm { meta["bpm"] = .number(bpm) }
        if !request.sequence.markers.isEmpty { meta["markers"] = .array(request.sequence.markers) }
        if let last = lastSemantics {
            meta["semantic_cache_key"] = .string(last.timeline.record.cacheKey)
            meta["semantic_version"] = last.version
        }
        return ShotListResult(shots: shots, meta: meta)
    }
}

extension JSONValue {
    /// Milliseconds, whole where they are.
    static func milliseconds(_ value: Double) -> JSONValue {
        let value = value == 0 ? 0 : value
        return Int64(exactly: value).map { .integer($0) } ?? .number(value)
    }
}
