import Analysis
import Crypto
import Files
import Foundation
import Signal
import TimelineModel

extension FuzzRegistry {
    /// What analyses keep and hand on: outputs of stages, pieces, states.
    static let analysisTargets: [FuzzTarget] = [
        FuzzTarget("stage-output", tokens: ["CUELOUD1"]) { bytes in
            guard let first = bytes.first else { return false }
            let stage = AnalysisStage.allCases[Int(first) % AnalysisStage.allCases.count]
            var results = StageResults()
            results.take(Array(bytes.dropFirst()), of: stage)
            guard let kept = results.bytes(of: stage) else { return false }
            var again = StageResults()
            again.take(kept, of: stage)
            try promise(again.bytes(of: stage) == kept, "an output of \(stage) reads as another")
            if let loudness = results.loudness { try ask(loudness) }
            guard let voice = results.voice, voice.probabilities.count < 20_000 else { return true }
            let duration = Double(voice.probabilities.count * VoiceActivity.hop) / Double(VoiceActivity.sampleRateHz)
            let chunks = SpeechPlan.chunks(from: 0, to: duration, activity: voice)
            for chunk in chunks {
                try promise(
                    chunk.start <= chunk.end && chunk.end - chunk.start <= SpeechPlan.longestChunk + 1e-6,
                    "a chunk from \(chunk.start) to \(chunk.end)")
            }
            return true
        },
        FuzzTarget("piece-order", tokens: ["chunks", "counts", "digest", "key", "language", "vocabulary"]) { bytes in
            guard let order = try? PieceOrder(serialized: bytes) else { return false }
            let again = try PieceOrder(serialized: try order.serialized)
            try promise(try again.serialized == order.serialized, "a piece reads as another")
            return true
        },
        FuzzTarget("transcript-plan") { bytes in
            let (head, body) = firstLine(of: bytes)
            guard let plan = try? TimelineJSON.decode(TranscriptPlan.self, from: Data(head.utf8)) else { return false }
            let found = Dictionary(plan.pieces.map { ($0, body) }, uniquingKeysWith: { first, _ in first })
            guard let transcript = plan.transcript(found) else { return false }
            var results = StageResults()
            results.take(transcript, of: .transcript)
            try promise(results.transcript != nil, "a transcript of pieces cannot be read back")
            return true
        },
        FuzzTarget("stage-state") { bytes in
            guard let first = bytes.first else { return false }
            let number = Int(first & 3)
            guard number < savedStates.count, let stage = makeStage(number) else {
                var values = StateReader(state: bytes.dropFirst(), listBytes: [bytes.count])
                _ = try? values.ranges()
                _ = try? values.values(UInt16.self)
                _ = try? values.value(SIMD8<Float>.self)
                return (try? values.values(Double.self)) != nil
            }
            let saved = savedStates[number]
            let state = first < 128 ? Patches.apply(bytes.dropFirst(), to: saved.state) : Array(bytes.dropFirst())
            var reader = StateReader(state: state[...], listBytes: saved.lists.map(\.count))
            return (try? stage.restore(from: &reader)) != nil
        },
        FuzzTarget("found-lists") { bytes in
            let path = Scratch.file("found", bytes)
            guard let file = try? OpenFile(path: path, for: .reading) else { return false }
            let lists = FoundLists(file: file)
            guard lists.reopen(length: Int64(bytes.count), digest: Array(SHA256.hash(data: bytes))) else {
                try promise(lists.listBytes.isEmpty, "lists of a damaged file are there")
                return false
            }
            for (number, size) in lists.listBytes.enumerated() {
                var count = 0
                try lists.list(number) { count += $0.count }
                try promise(count == size, "list \(number) is not \(size) bytes long")
            }
            try promise(lists.length == Int64(bytes.count), "not all records were read")
            return true
        },
        .text("environment", tokens: ["AUDIO_SEMANTIC_BACKEND", "AUDIO_SEMANTIC_SEED", "stub", "partial"]) { text in
            var environment: [String: String] = [:]
            for line in text.split(separator: "\n") {
                let sides = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                environment[String(sides[0])] = sides.count > 1 ? String(sides[1]) : ""
            }
            guard let configuration = try? AnalysisConfiguration(environment: environment) else { return false }
            try promise(configuration.jobs > 0 && !configuration.whisperModel.isEmpty, "a configuration of nothing")
            return true
        },
    ]

    private static func ask(_ loudness: LoudnessMeasurement) throws {
        let duration = loudness.duration
        _ = [loudness.integratedLUFS, loudness.truePeakDBTP, loudness.maximumMomentaryLUFS, loudness.loudnessRange]
        for (start, end) in [(0, duration), (duration / 3, duration / 2), (-1e300, 1e300), (.nan, 1)] {
            _ = loudness.level(from: start, to: end)
        }
        let values = loudness.curve(windowMs: 1000, hopMs: 100)
        try promise(values.allSatisfy { $0.map { !$0.isNaN } ?? true }, "a loudness is NaN")
    }

    /// Stages that hear, without having heard anything.
    private static func makeStage(_ number: Int) -> (any Resumable)? {
        switch number {
        case 0: LoudnessMeter(sampleRate: 1000, channelCount: 1)
        case 1: Resampler(inputRate: 3, outputRate: 2)
        default: Downmixer(channelCount: 2, sampleRate: 1000)
        }
    }

    /// What they put down.
    private static let savedStates: [(state: [UInt8], lists: [[UInt8]])] = (0..<3).map { number in
        let state = Gathered()
        var writer = StateWriter { state.bytes += $0 }
        makeStage(number)?.save(to: &writer)
        writer.finish()
        return (state.bytes, writer.growth)
    }

    private final class Gathered {
        var bytes: [UInt8] = []
    }
}
