import Foundation
import Interchange
import TimelineModel
import VideoOrigin

#if canImport(FoundationXML)
    import FoundationXML
#endif

extension FuzzRegistry {
    /// Stored lists of shots, and the files that editors get of them.
    static let editTargets: [FuzzTarget] = [
        FuzzTarget("shot-list", tokens: ["frame_rate", "30000/1001", "24", "markers", "time_ms", "label"]) { bytes in
            guard let list = try? ShotListResult(stored: bytes) else { return false }
            let json = try TimelineJSON.encode(list)
            try promise(try ShotListResult(stored: [UInt8](json)) == list, "a list of shots reads as another")
            let rate = list.meta["frame_rate"]?.text.flatMap { FrameRate($0) }
            for shown in [rate ?? .pal25, .milliseconds, .ntsc2997] {
                var edit = EditList(
                    title: list.meta["sequence_id"]?.text ?? "shots", frameRate: shown,
                    isDropFrame: list.meta["drop_frame"] == .bool(true), metadata: list.meta)
                edit.shots = list.shots.enumerated().map { number, shot in
                    let media = EditList.Media(
                        id: shot.sourceAssetID, name: shot.sourceAssetID, url: "asset:" + shot.sourceAssetID,
                        durationMs: shot.meta["asset_duration_ms"]?.double, hasVideo: number % 3 != 2)
                    return EditList.Shot(
                        name: shot.meta["label"]?.text ?? "shot", media: media, sourceStartMs: shot.sourceStartMs,
                        targetStartMs: shot.targetStartMs, durationMs: shot.targetDurationMs,
                        track: shot.meta["track"]?.text ?? "V1",
                        markers: [EditList.Marker(name: "m", atMs: shot.sourceStartMs, durationMs: shot.sourceEndMs)],
                        metadata: shot.meta)
                }
                try promiseFrames(edit)
                try promiseJSON(OpenTimelineIO().bytes(of: edit), "OpenTimelineIO")
                if let text = try? FinalCutXML().text(of: edit) {
                    let parser = XMLParser(data: Data(text.utf8))
                    try promise(parser.parse(), "FCPXML is no XML: \(parser.parserError.map { "\($0)" } ?? "")")
                }
                for index in edit.shots.indices { edit.shots[index].track = "V1" }
                if let text = try? EditDecisionList().text(of: edit) {
                    try promiseLines(of: text)
                }
            }
            return true
        }
    ]

    /// Names in an EDL's title and comments are UTF-8, on one line each; its statements are ASCII.
    private static func promiseLines(of text: String) throws {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            try promise(!line.isEmpty, "an EDL with an empty line")
            try promise(
                line.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) },
                "an EDL with a control character")
            let isName = line.hasPrefix("TITLE: ") || line.hasPrefix("* ")
            try promise(isName || line.utf8.allSatisfy { $0 < 128 }, "an EDL with a statement that is no ASCII")
        }
    }

    /// Shots of a track do not overlap, and take as many frames as they give.
    private static func promiseFrames(_ edit: EditList) throws {
        for track in edit.framed().tracks {
            var end = 0
            for shot in track.shots {
                try promise(shot.record.lowerBound >= end, "shots of \(track.name) overlap")
                try promise(!shot.record.isEmpty && shot.record.count == shot.source.count, "a shot of uneven length")
                end = shot.record.upperBound
            }
        }
    }
}
