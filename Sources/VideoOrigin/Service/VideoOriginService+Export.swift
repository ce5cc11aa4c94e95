import Files
import Foundation
public import Interchange
public import Library
import SemanticTimeline
import TimelineModel

extension VideoOriginService {
    /// A stored list in a form that editors read.
    ///
    /// - Throws: `SemanticTimelineError` `mediaNotFound`; `validation` where the format has no such frame rate.
    public func export(
        _ artifactID: String, as format: ShotListFormat, options: ShotListExportOptions, in scope: Scope
    ) async throws -> [UInt8] {
        let list = try await storedList(artifactID, in: scope)
        return try await export(list, as: format, options: options, in: scope)
    }

    /// A list in a form that editors read.
    public func export(
        _ list: StoredShotList, as format: ShotListFormat, options: ShotListExportOptions, in scope: Scope
    ) async throws -> [UInt8] {
        let write: @Sendable (EditList) throws -> [UInt8]
        switch format {
        case .json: return list.json
        case .otio: write = { OpenTimelineIO().bytes(of: $0) }
        case .edl: write = { Array(try EditDecisionList().text(of: $0).utf8) }
        case .fcpxml: write = { Array(try FinalCutXML().text(of: $0).utf8) }
        }
        var edit = try await editList(list.result, options: options, needsFrames: format.needsFrames, in: scope)
        if format == .edl {
            // There is one track of picture: shots of several share it where they do not overlap.
            for index in edit.shots.indices { edit.shots[index].track = "V1" }
        }
        do {
            return try await BlockingWork.run(priority: .bulk) { [edit] _ in try write(edit) }
        } catch let error as InterchangeError {
            throw SemanticTimelineError.invalid("frame_rate", "cannot be used in this format: \(error.message)")
        }
    }

    /// A list as an edit list: its recordings by name and URI, and beats and the start of speech as markers.
    ///
    /// Assets and timelines that are gone since leave their shots without name and markers.
    public func editList(
        _ result: ShotListResult, options: ShotListExportOptions, needsFrames: Bool, in scope: Scope
    ) async throws -> EditList {
        var media: [String: EditList.Media] = [:]
        var rates: Set<FrameRate?> = []
        for shot in result.shots where media[shot.sourceAssetID] == nil {
            let asset = try await service.stores.assets.asset(shot.sourceAssetID, in: scope)
            media[shot.sourceAssetID] = EditList.Media(id: shot.sourceAssetID, asset: asset)
            // Sound has no rate of its own and goes with any.
            if asset?.kind == .video { rates.insert(asset?.fps.flatMap { FrameRate(framesPerSecond: $0) }) }
        }
        let common = rates.count == 1 ? rates.first ?? nil : nil
        let stated = options.frameRate ?? result.meta["frame_rate"]?.text.flatMap { FrameRate($0) } ?? common
        var edit = EditList(
            title: result.meta["sequence_id"]?.text ?? "shots",
            frameRate: stated ?? (needsFrames ? .pal25 : .milliseconds),
            isDropFrame: options.isDropFrame ?? (result.meta["drop_frame"] == .bool(true)),
            markers: (result.meta["markers"]?.elements ?? []).compactMap { EditList.Marker(sequenceMarker: $0) },
            metadata: result.meta.filter { $0.key != "markers" })
        if stated == nil, needsFrames { edit.metadata["frame_rate_assumed"] = .bool(true) }
        guard !(options.isDropFrame == true && !edit.frameRate.allowsDropFrame) else {
            throw SemanticTimelineError.invalid("drop_frame", "needs a frame rate of 30000/1001 or 60000/1001")
        }
        var readers: [String: TimelineReader?] = [:]
        var room = Self.mostMarkers
        for (number, shot) in result.shots.enumerated() {
            guard let source = media[shot.sourceAssetID] else { continue }
            let name = shot.meta["label"]?.text ?? shot.meta["clip"]?.text ?? "shot-\(number + 1)"
            var entry = EditList.Shot(
                name: name, media: source, sourceStartMs: shot.sourceStartMs, targetStartMs: shot.targetStartMs,
                durationMs: shot.targetDurationMs, track: shot.meta["track"]?.text ?? "V1", metadata: shot.meta)
            if let id = shot.meta["semantic_artifact_id"]?.text, room > 0 {
                if readers[id] == nil { readers[id] = .some(try await reader(ofTimeline: id, in: scope)) }
                if let reader = readers[id] ?? nil {
                    entry.markers = Array(try await markers(of: shot, by: reader).prefix(room))
                    room -= entry.markers.count
                }
            }
            edit.shots.append(entry)
        }
        // Tracks stand in the sequence's order, those with picture below.
        let order = (result.meta["tracks"]?.elements ?? []).compactMap(\.text)
        func place(_ shot: EditList.Shot) -> Int {
            (order.firstIndex(of: shot.track) ?? order.count) + (shot.media.hasVideo ? 0 : order.count + 1)
        }
        edit.shots = edit.shots.map { (place($0), $0) }.enumerated()
            .sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
        if room == 0 { edit.metadata["markers_limited_to"] = .integer(Int64(Self.mostMarkers)) }
        return edit
    }

    /// Most markers of a list, so that long shots over each other do not fill the memory.
    private static let mostMarkers = 100_000

    /// nil where the timeline is gone.
    private func reader(ofTimeline id: String, in scope: Scope) async throws -> TimelineReader? {
        guard let timeline = try await service.stores.timelines.timeline(artifactID: id, in: scope) else { return nil }
        do {
            return try await service.reader(of: timeline)
        } catch let error as SemanticTimelineError where error.code == .timelineNotFound {
            return nil
        }
    }

    private func markers(of shot: VideoShot, by reader: TimelineReader) async throws -> [EditList.Marker] {
        let (from, to) = (Self.whole(shot.sourceStartMs), Self.whole(shot.sourceEndMs))
        guard from < to else { return [] }
        do {
            var markers: [EditList.Marker] = []
            if let speech = try await reader.firstSpeech(fromMs: from, toMs: to), speech.lowerBound >= from {
                markers.append(EditList.Marker(name: "speech", atMs: Double(speech.lowerBound), color: .blue))
            }
            for beat in try await reader.beats(fromMs: from, toMs: to) { markers.append(EditList.Marker(beat: beat)) }
            return markers
        } catch let error as LibraryError where error.code == .blobMissing || error.code == .blobDamaged {
            return []
        }
    }

    /// The first whole millisecond that is not before a time, inside what a timeline may hold.
    private static func whole(_ milliseconds: Double) -> Int {
        Int(exactly: min(max(milliseconds, 0), 1e15).rounded(.up)) ?? 0
    }
}

extension EditList.Media {
    /// - Parameter asset: nil for one that is gone.
    fileprivate init(id: String, asset: MediaAsset?) {
        let uri = asset?.sourceURI ?? "asset:" + id
        let file = uri.lowercased().hasPrefix("file:") ? uri.split(separator: "/").last.map(String.init) : nil
        self.init(
            id: id, name: file?.removingPercentEncoding ?? id, url: uri, durationMs: asset?.durationMs,
            hasVideo: asset?.kind != .audio, hasAudio: asset?.kind != .image)
    }
}

extension EditList.Marker {
    /// A marker as callers write them: an object with a time and a name; nil for anything else.
    fileprivate init?(sequenceMarker value: JSONValue) {
        guard let members = value.members,
            let time = ["time_ms", "at_ms", "start_ms"].lazy.compactMap({ members[$0]?.double }).first
        else { return nil }
        let name = ["label", "name", "text"].lazy.compactMap { members[$0]?.text }.first
        self.init(
            name: name ?? "marker", atMs: time, durationMs: max(members["duration_ms"]?.double ?? 0, 0),
            color: .yellow)
    }
}

extension JSONValue {
    /// The elements of an array; nil for anything else.
    fileprivate var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}
