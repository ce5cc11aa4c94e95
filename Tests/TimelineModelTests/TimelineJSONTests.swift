import Testing
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("The wire format")
struct TimelineJSONTests {
    private func json(_ summary: AudioSemanticTimelineSummary) throws -> String {
        String(decoding: try TimelineJSON.encode(summary), as: UTF8.self)
    }

    @Test("A summary is written exactly so")
    func golden() throws {
        var summary = try Sample.small().slice(inMs: 1400, outMs: 2100, speed: 1.02)
        summary.artifactID = "art-1"
        summary.meta.stages = ["voice": StageVersion(version: "1"), "beats": StageVersion(version: "2")]
        summary.meta.backendInfo = BackendInfo(
            backendType: "whisper_librosa", backendVersion: "whisper_librosa_v2",
            dependencies: ["ffmpeg": .init(available: true, version: "5.1/x")])
        #expect(try json(summary) == Self.goldenText.filter { $0 != "\n" })
    }

    @Test("What was written is read back the same, and written again the same")
    func roundTrip() throws {
        for seed in 0..<60 as Range<UInt64> {
            let summary = Generated.summary(seed: seed).sanitised()
            let data = try TimelineJSON.encode(summary)
            let again = try TimelineJSON.decode(AudioSemanticTimelineSummary.self, from: data)
            #expect(again == summary, "seed \(seed)")
            #expect(try TimelineJSON.encode(again) == data, "seed \(seed)")
        }
    }

    @Test("Long lists are written as if at once")
    func longLists() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for count in [0, 1, 256, 257, 1000] {
            var summary = Sample.small()
            summary.artifactID = #"","beats":[{"#
            summary.events = (0..<count).map { summary.events[$0 % summary.events.count] }
            summary.beats = (0..<count).map { summary.beats[$0 % summary.beats.count] }
            summary.meta.loudness = LoudnessSummary(
                integratedLUFS: -20, truePeakDBTP: -1, windowMs: 400, values: (0..<count).map { $0 == 3 ? nil : -20 })
            #expect(try TimelineJSON.encode(summary) == encoder.encode(summary.sanitised()), "\(count)")
        }
    }

    @Test("Numbers that JSON cannot hold become absent; none is negative zero")
    func nonFinite() throws {
        var summary = Sample.small()
        for index in summary.events.indices {
            summary.events[index].loudnessLUFS = .nan
            summary.events[index].confidence = -.infinity
            summary.events[index].meta.rmsDBFS = -0.001
            summary.events[index].meta.words?[0].confidence = .nan
        }
        for index in summary.beats.indices { summary.beats[index].confidence = .infinity }
        summary.meta.tempoBPM = .nan
        summary.meta.languageConfidence = .nan
        summary.meta.speedChange = .nan
        summary.meta.speedChangeLimit = .nan
        summary.meta.clipWindowMs = [0, .infinity]
        summary.meta.loudness = LoudnessSummary(
            integratedLUFS: -.infinity, truePeakDBTP: .nan, windowMs: 1000, values: [.nan, -20.123, nil])
        let text = try json(summary)
        #expect(!text.contains("loudness_lufs") && !text.contains("tempo_bpm") && !text.contains("clip_window_ms"))
        #expect(text.contains(#""values":[null,-20.12,null]"#))
        #expect(text.contains(#""rms_dbfs":0"#) && !text.contains("-0,") && !text.contains("-0}"))
        #expect(summary.sanitised().sanitised() == summary.sanitised())
        #expect(throws: EncodingError.self) { try TimelineJSON.encode([Double.nan]) }
    }

    @Test("Rounding keeps the stated decimals")
    func rounding() {
        #expect((-18.456).rounded(places: 2) == -18.46)
        #expect((-0.0004).rounded(places: 3)?.sign == .plus)
        #expect(Double.nan.rounded(places: 2) == nil && Double.infinity.rounded(places: 2) == nil)
        #expect(1e308.rounded(places: 3) == 1e308)
        #expect(0.98765.roundedConfidence == 0.988 && 7.0.roundedConfidence == 1)
        #expect(Double.nan.roundedConfidence == 0 && Double.infinity.roundedConfidence == 0)
    }

    @Test(
        "Damaged documents are errors, not traps",
        arguments: [
            "", "{}", "[]", "null", #"{"asset_id":1}"#,
            #"{"asset_id":"a","duration_ms":1e300,"events":[],"beats":[],"meta":{}}"#,
            #"{"kind":"noise"}"#,
        ])
    func damaged(text: String) {
        #expect(throws: (any Error).self) {
            try TimelineJSON.decode(AudioSemanticTimelineSummary.self, from: Data(text.utf8))
        }
    }

    @Test("Unknown keys are ignored, absent and null are one")
    func tolerance() throws {
        let text = #"{"kind":"speech","start_ms":1,"end_ms":2,"confidence":null,"meta":{"new":[1]},"later":true}"#
        let event = try TimelineJSON.decode(AudioEvent.self, from: Data(text.utf8))
        #expect(event == AudioEvent(kind: .speech, startMs: 1, endMs: 2))
    }

    @Test("Pretty printing changes white space only")
    func pretty() throws {
        let summary = Sample.small()
        let pretty = try TimelineJSON.encode(summary, pretty: true)
        #expect(String(decoding: pretty, as: UTF8.self).contains("\n"))
        #expect(try TimelineJSON.decode(AudioSemanticTimelineSummary.self, from: pretty) == summary.sanitised())
    }

    private static let goldenText = #"""
        {"artifact_id":"art-1","asset_id":"a123","beats":[{"bar_index":0,"beat_in_bar":1,"beat_index":1,
        "confidence":0.9,"time_ms":100},{"bar_index":0,"beat_in_bar":2,"beat_index":2,"confidence":0.9,
        "time_ms":600}],"duration_ms":700,"events":[{"confidence":0.9,"end_ms":700,"kind":"speech",
        "loudness_lufs":-18.46,"meta":{"language":"en","rms_dbfs":-21,"words":[{"confidence":0.5,"end_ms":400,
        "start_ms":0,"word":"not"}]},"start_ms":0,"transcription":"not"},{"confidence":0.8,"end_ms":700,
        "kind":"music","loudness_lufs":-18.46,"meta":{"rms_dbfs":-21},"start_ms":100}],
        "meta":{"asset_duration_ms":4000,
        "audio_semantic_cache_key":"t1|dev|a123|None|True|True|300|1000|whisper_librosa_v2|u1",
        "backend":"whisper_librosa_v2","backend_info":{"backend_type":"whisper_librosa",
        "backend_version":"whisper_librosa_v2","dependencies":{"ffmpeg":{"available":true,"version":"5.1/x"}},
        "service":"audio_semantic_timeline"},"backend_type":"whisper_librosa",
        "backend_version":"whisper_librosa_v2","clip_relative":true,"clip_window_ms":[1400,2100],
        "content_sha256":"22bb","include_beats":true,"include_speech_music":true,"language":"en",
        "loudness":{"hop_ms":100,"integrated_lufs":-18.5,"true_peak_dbtp":-1,"values":[-14,-15,-16,-17,-18,-19,-20],
        "window_ms":1000},"loudness_window_ms":1000,"min_silence_ms":300,"model_used":"whisper_tiny.en",
        "schema_version":1,"seed":42,"semantic_identity":"11aa","semantic_version":"whisper_librosa_v2.1",
        "speed_change":1.02,"speed_change_limit":1.05,"speed_change_limited":true,"stages":{"beats":{"version":"2"},
        "voice":{"version":"1"}},"summary":{"bars":1,"beats":2,"music":{"count":1,"ms":600},"other":{"count":0,
        "ms":0},"silence":{"count":0,"ms":0},"speech":{"count":1,"ms":700},"words":1},"tempo_bpm":120,"warnings":[],
        "within_speed_limit":true}}
        """#
}
