import Analysis
import Foundation
import Library
import SemanticTimeline
import Server
import TimelineModel
import VideoOrigin

extension FuzzRegistry {
    /// What callers, and our own processes, send as JSON or text.
    static let requestTargets: [FuzzTarget] = [
        FuzzTarget("request-json", maximumBytes: 1 << 20) { bytes in
            guard let members = (try? TimelineJSON.decode(JSONValue.self, from: Data(bytes)))?.members else {
                return false
            }
            try ask(RequestFields(json: members), names: members.keys.sorted())
            return true
        },
        .text("query", tokens: ["from_ms=", "&", "%2B", "+", "kind=speech", "limit=10", "[\"a\"]"]) { text in
            guard !text.isEmpty else { return false }
            try ask(RequestFields(query: text), names: ["tags", "meta", "from_ms", "limit", "kind", ""])
            return true
        },
        FuzzTarget("shot-request", maximumBytes: 1 << 20) { bytes in
            guard let members = (try? TimelineJSON.decode(JSONValue.self, from: Data(bytes)))?.members,
                let request = try? ShotListRequest(json: members)
            else { return false }
            let clips = request.sequence.tracks.flatMap(\.clips)
            try promise(clips.count <= AudioSequence.maximumClips, "too many clips")
            for clip in clips {
                try promise(
                    clip.startMs >= 0 && clip.durationMs > 0 && clip.sourceOffsetMs.isFinite, "clip \(clip.id)")
                try promise(clip.assetID != nil || clip.artifactID != nil, "clip \(clip.id) of nothing")
            }
            try promise(!request.isDropFrame || request.frameRate?.allowsDropFrame == true, "drop frame at any rate")
            return true
        },
        FuzzTarget("work-message") { bytes in
            let isOrder = (try? TimelineJSON.decode(WorkOrder.self, from: Data(bytes))) != nil
            if let message = try? TimelineJSON.decode(WorkMessage.self, from: Data(bytes)) {
                try promiseSame(message)
                if let progress = message.progress?.value {
                    try promise((0...1).contains(progress.fraction), "a fraction of \(progress.fraction)")
                }
                _ = message.failed?.error.description
            }
            if let order = try? TimelineJSON.decode(WorkOrder.self, from: Data(bytes)) { try promiseSame(order) }
            if let result = try? TimelineJSON.decode(WorkResult.self, from: Data(bytes)) { try promiseSame(result) }
            guard let request = try? TimelineJSON.decode(SemanticRequest.self, from: Data(bytes)) else {
                return isOrder
            }
            try promiseSame(request)
            let parameters = request.parameters
            try promise(AnalysisParameters.minSilenceRangeMs.contains(parameters.minSilenceMs), "silence not clamped")
            try promise(
                AnalysisParameters.loudnessWindowRangeMs.contains(parameters.loudnessWindowMs), "window not clamped")
            _ = try? request.identifiers
            return true
        },
        .text("file-uri", tokens: ["file:", "//localhost/", "%2e%2e", "%00", "FILE:///"]) { text in
            guard let path = FileSources.path(inURI: text) else { return false }
            try promise(path.hasPrefix("/") && !path.utf8.contains(0), "the path of \(text) is \(path)")
            let sources = FileSources(roots: [Scratch.folder("root")])
            if let found = try? sources.path(of: text) { throw FuzzFailure("\(text) leads to \(found)") }
            return true
        },
    ]

    /// Reads every field in every way; refusals are no failure.
    private static func ask(_ fields: RequestFields, names: [String]) throws {
        for name in names.prefix(24) + ["tenant_id"] {
            if let text = try? fields.string(name) {
                try promise(
                    text.utf8.count <= RequestFields.maximumTextBytes && !text.utf8.contains(0), "a text out of bounds")
            }
            if let whole = try? fields.integer(name, in: -5...RequestFields.largestInteger) {
                try promise(
                    (-5...RequestFields.largestInteger).contains(whole), "a whole number out of range: \(whole)")
            }
            if let number = try? fields.number(name, in: 0...1e12) {
                try promise((0...1e12).contains(number), "a number out of range: \(number)")
            }
            if let number = try? fields.clampedInteger(name, default: 300) {
                try promise(abs(number) <= 1_000_000_000_000_000, "a number was not clamped: \(number)")
            }
            for kind in IdentifierError.Field.allCases {
                guard let text = try? fields.identifier(name, as: kind) else { continue }
                try Identifiers.check(text, as: kind)
            }
            if let strings = try? fields.strings(name) { try promise(strings.count <= 256, "too many strings") }
            _ = try? fields.bool(name, default: true)
            _ = try? fields.object(name)
            _ = try? fields.values(name, limit: 100)
            _ = try? fields.frameRate(name)
            _ = try? fields.choice(name, EventKind.self)
            for object in ((try? fields.objects(name, limit: 16)) ?? []).prefix(4) { _ = try? object.string("id") }
        }
    }

    /// - Throws: ``FuzzFailure`` when a value is another after it was written and read.
    static func promiseSame<Value: Codable>(_ value: Value) throws {
        // Decoders give finite numbers only, so that all that was decoded can be encoded.
        let json = try TimelineJSON.encode(value)
        let again = try TimelineJSON.decode(Value.self, from: json)
        try promise(try TimelineJSON.encode(again) == json, "a \(Value.self) that was written reads as another")
    }
}
