import Foundation
import TimelineModel

extension FuzzRegistry {
    /// Small languages of the model: rates, time codes, identifiers, JSON of any kind.
    static let modelTargets: [FuzzTarget] = [
        .text("frame-rate", tokens: ["30000/1001", "24000/1001", "23.976", "59.94", "/", "."]) { text in
            guard let rate = FrameRate(text) else { return false }
            try promise(FrameRate(rate.description) == rate, "a rate's text gives another rate")
            let times = text.unicodeScalars.map { Double($0.value) * 1001.5 } + [0, -1, 1e15, -1e300, .nan, .infinity]
            for time in times {
                let frame = rate.frame(atMs: time)
                let start = rate.milliseconds(ofFrame: frame)
                try promise(rate.frame(atMs: start) == frame, "the start of frame \(frame) at \(rate) is of another")
                _ = rate.wholeFrames(inMs: time)
                let code = Timecode(frame: frame, rate: rate, isDropFrame: true)
                try promise(Timecode(code.description, rate: rate) == code, "\(code) at \(rate) reads as another")
            }
            if let near = FrameRate(framesPerSecond: rate.framesPerSecond) {
                try promise(abs(near.framesPerSecond / rate.framesPerSecond - 1) < 0.001, "far from \(rate): \(near)")
            }
            return true
        },
        .text("timecode", tokens: ["01:00:00:00", "00:01:00;02", "23:59:59;29", "120", "30000/1001"]) { text in
            let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let rate = FrameRate(lines[0]) ?? .ntsc2997
            guard let code = Timecode(lines.last ?? "", rate: rate) else { return false }
            try promise(code.description == lines.last, "\(lines.last ?? "") reads as \(code)")
            let again = Timecode(frame: code.frame, rate: rate, isDropFrame: code.isDropFrame)
            try promise(again == code, "frame \(code.frame) is \(again), not \(code)")
            return true
        },
        .text("identifiers", tokens: ["t_unknown", "None", "anonymous", "%7C", "|"]) { text in
            let lines =
                text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + ["", "", "", ""]
            guard
                let identifiers = try? Identifiers(
                    tenantID: lines[0], env: lines[1], assetID: lines[2], artifactID: lines[3], userID: lines[4])
            else { return false }
            let key = AudioSemanticCacheKey(
                identifiers: identifiers, parameters: AnalysisParameters(), backendVersion: "whisper_librosa_v2")
            let fields = key.value.utf8.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
            try promise(fields.count == 10, "the key \(key) has \(fields.count) fields")
            try promise(
                percentDecoded(fields[9]) == Array((identifiers.userID ?? "anonymous").utf8),
                "the key \(key) names another user")
            for field in fields.prefix(9) { try promise(!field.contains { $0 < 0x20 }, "a control in \(key)") }
            return true
        },
        FuzzTarget("json-value", maximumBytes: 1 << 20) { bytes in
            guard let value = try? TimelineJSON.decode(JSONValue.self, from: Data(bytes)) else { return false }
            let json = try TimelineJSON.encode(value)
            let again = try TimelineJSON.decode(JSONValue.self, from: json)
            try promise(try TimelineJSON.encode(again) == json, "JSON that was written reads as something else")
            _ = value.double
            _ = value.members
            return true
        },
        FuzzTarget("assembly") { bytes in
            guard let input = try? TimelineJSON.decode(AssemblyInput.self, from: Data(bytes)) else { return false }
            let parameters = AnalysisParameters(
                includeBeats: input.beats != nil, includeSpeechMusic: input.speech != nil || input.music != nil,
                minSilenceMs: input.minSilenceMs ?? 300)
            var stages = StageOutputs(
                duration: input.duration ?? 10, speech: input.speech ?? [], music: input.music ?? [],
                silence: input.silence ?? [], other: input.other ?? [], words: input.words ?? [],
                language: input.language, speakers: input.speakers ?? [], beats: input.beats ?? [])
            stages.isTranscribed = input.words != nil
            let timeline = TimelineAssembler(parameters: parameters).assemble(stages) { span in
                SpanLevel(lufs: Double(span.lowerBound) / -1e3, rmsDBFS: span.isEmpty ? .nan : -20)
            }
            let meta = TimelineMeta(
                modelUsed: "none", backendType: "stub", backendVersion: "v", semanticVersion: "v",
                parameters: parameters, cacheKey: "", semanticIdentity: "", contentSHA256: "", seed: 0)
            let summary = AudioSemanticTimelineSummary(
                assetID: "a", durationMs: timeline.durationMs, events: timeline.events, beats: timeline.beats,
                meta: meta)
            try promise(summary.violations.isEmpty, "an assembled timeline: \(summary.violations.prefix(3))")
            _ = try TimelineJSON.encode(summary)
            return true
        },
    ]

    /// Bytes with `%XX` decoded. By bytes: text is compared and searched by characters, which marks join.
    private static func percentDecoded(_ text: some Sequence<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    /// What stages found, as JSON, for the assembler.
    private struct AssemblyInput: Decodable {
        var duration: Double?
        var speech: [LayerSegment]?
        var music: [LayerSegment]?
        var silence: [LayerSegment]?
        var other: [LayerSegment]?
        var words: [TranscribedWord]?
        var speakers: [SpeakerTurn]?
        var beats: [TrackedBeat]?
        var language: String?
        var minSilenceMs: Int?
    }
}
