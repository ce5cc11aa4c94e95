public import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The files in which a timeline is given to other programs.
public enum TimelineFormat: String, Sendable, Hashable, CaseIterable {
    /// The timeline itself.
    case json
    /// WebVTT captions.
    case vtt
    /// SubRip captions in the lines that podcast players ask for.
    case srt
    /// OpenTimelineIO.
    case otio
    /// Audacity labels.
    case audacity
    /// Speakers by NIST's RTTM.
    case rttm
    /// Annotations for music research.
    case jams
    /// A Podcasting 2.0 transcript.
    case podcast
    /// Podcasting 2.0 chapters.
    case chapters
    /// A tempo map and click track.
    case midi
    /// Comma-separated values.
    case csv

    /// What follows the dot of a file's name; no two formats share one.
    public var fileExtension: String {
        switch self {
        case .json, .vtt, .srt, .otio, .rttm, .jams, .csv: rawValue
        case .audacity: "labels.txt"
        case .podcast: "transcript.json"
        case .chapters: "chapters.json"
        case .midi: "mid"
        }
    }

    /// The `Content-Type` of a file.
    public var mediaType: String {
        switch self {
        case .json, .jams, .podcast: "application/json"
        case .vtt: "text/vtt"
        case .srt: "application/x-subrip"
        case .otio: "application/vnd.pixar.opentimelineio+json"
        case .audacity, .rttm: "text/plain; charset=utf-8"
        case .chapters: "application/json+chapters"
        case .midi: "audio/midi"
        case .csv: "text/csv; charset=utf-8"
        }
    }

    /// The file's bytes; all but ``midi`` are UTF-8.
    ///
    /// - Parameters:
    ///   - mediaURL: where an editor finds the recording, for ``otio``; `asset:` and the asset's id by default.
    ///   - frameRate: the rate of the frames that ``otio`` counts; milliseconds by default.
    public func bytes(
        of summary: AudioSemanticTimelineSummary, mediaURL: String? = nil, frameRate: FrameRate? = nil
    ) throws -> [UInt8] {
        switch self {
        case .json: Array(try TimelineJSON.encode(summary)) + [UInt8(ascii: "\n")]
        case .vtt: Array(WebVTT().text(of: summary).utf8)
        case .srt: Array(SRT(layout: .podcast).text(of: summary).utf8)
        case .otio:
            OpenTimelineIO().bytes(
                of: EditList(
                    timeline: summary, mediaURL: mediaURL ?? "asset:" + summary.assetID, title: summary.assetID,
                    frameRate: frameRate ?? .milliseconds))
        case .audacity: Array(AudacityLabels().text(of: summary).utf8)
        case .rttm: Array(RTTM().text(of: summary).utf8)
        case .jams: Array(JAMS().text(of: summary).utf8)
        case .podcast: Array(PodcastTranscript().text(of: summary).utf8)
        case .chapters: Array(PodcastChapters().text(of: summary).utf8)
        case .midi: MIDITempoMap().bytes(of: summary)
        case .csv: Array(EventTable().text(of: summary).utf8)
        }
    }
}
