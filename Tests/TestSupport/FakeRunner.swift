package import Analysis
import Foundation
package import SemanticTimeline
import Synchronization
package import TimelineModel

/// Does work orders without hearing anything: gives each source a timeline that depends on its bytes alone, and counts.
package final class FakeRunner: AnalysisRunner {
    /// What happens to the next orders.
    package enum Behaviour: Sendable {
        case succeed
        case fail(SemanticTimelineError)
        /// Waits until it is cancelled.
        case hang
        /// Offers so many pieces where that is asked for and the transcript is not known; pieces fail with an error.
        case offer(Int, pieces: SemanticTimelineError? = nil)
    }

    private struct State {
        var orders: [WorkOrder] = []
        var pieces: (any PieceStore)?
        var behaviour = Behaviour.succeed
        var delay = Duration.zero
        var planner: (@Sendable (AnalysisParameters) throws -> AnalysisPlan)?
        var onOrder: (@Sendable (WorkOrder) -> Void)?
    }

    private let state = Mutex(State())
    private let planner: @Sendable (AnalysisParameters) throws -> AnalysisPlan
    private let seed: Int
    private let events: Int

    /// - Parameter planner: the service's own.
    package init(
        seed: Int = 42, events: Int = 20, planner: @escaping @Sendable (AnalysisParameters) throws -> AnalysisPlan
    ) {
        self.planner = planner
        self.seed = seed
        self.events = events
    }

    package var orders: [WorkOrder] { state.withLock { $0.orders } }

    /// The pieces that the last order had.
    package var pieces: (any PieceStore)? { state.withLock { $0.pieces } }

    package func behave(_ behaviour: Behaviour, delay: Duration = .zero) {
        state.withLock { ($0.behaviour, $0.delay) = (behaviour, delay) }
    }

    /// What is done with each order before anything else.
    package func onOrder(_ body: @escaping @Sendable (WorkOrder) -> Void) { state.withLock { $0.onOrder = body } }

    /// Hears otherwise than the service planned, from now on.
    package func replan(_ planner: @escaping @Sendable (AnalysisParameters) throws -> AnalysisPlan) {
        state.withLock { $0.planner = planner }
    }

    package func run(
        _ order: WorkOrder, pieces: any PieceStore, onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> WorkResult {
        let (behaviour, delay, onOrder) = state.withLock { state in
            state.orders.append(order)
            state.pieces = pieces
            return (state.behaviour, state.delay, state.onOrder)
        }
        onOrder?(order)
        onProgress(
            AnalysisProgress(
                stage: .decode, fraction: 0.25, duration: 10, stages: [.scene: 0.5, .transcript: 0.125], rate: 20,
                secondsLeft: 0.5))
        if delay > .zero { try await Task.sleep(for: delay) }
        switch behaviour {
        case .succeed: break
        case .offer(let count, let error):
            if order.piece != nil, let error { throw error }
            if let unfinished = try await offer(count, order, pieces) { return unfinished }
        case .fail(let error): throw error
        case .hang: while true { try await Task.sleep(for: .seconds(3600)) }
        }
        let request = order.request
        let parameters = request.parameters
        let plan = try (state.withLock { $0.planner } ?? planner)(parameters)
        let key = AudioSemanticCacheKey(
            identifiers: try request.identifiers, parameters: parameters, backendVersion: plan.backendVersion)
        let identity = SemanticIdentity(
            tenantID: request.tenantID, env: request.env, contentSHA256: order.contentSHA256, stream: 0,
            parameters: parameters, plan: plan, seed: seed)
        var summary = LongTimeline.make(
            events: events, seed: UInt64(order.contentSHA256.prefix(8), radix: 16) ?? 1, cacheKey: key.value)
        summary.assetID = request.assetID
        if !parameters.includeBeats { summary.beats = [] }
        var meta = TimelineMeta(
            modelUsed: plan.modelUsed, backendType: plan.backendType, backendVersion: plan.backendVersion,
            semanticVersion: plan.semanticVersion, parameters: parameters, cacheKey: key.value,
            semanticIdentity: identity.value, contentSHA256: order.contentSHA256, seed: seed)
        meta.loudness = summary.meta.loudness
        meta.stages = plan.stages
        meta.fallbackReason = plan.stubReason
        meta.summary = TimelineCounts(events: summary.events, beats: summary.beats)
        summary.meta = meta
        return try write(summary, order: order, plan: plan)
    }

    private func offer(_ count: Int, _ order: WorkOrder, _ pieces: any PieceStore) async throws -> WorkResult? {
        let path = order.folder + "/found"
        var result = WorkResult(documentFile: nil, indexFile: nil, stages: [], stageSeconds: [:])
        if order.piece != nil {
            try Data(#"{"unintelligible":[],"words":[]}"#.utf8).write(to: URL(filePath: path))
            result.pieceFile = path
            return result
        }
        let plan = try planner(order.request.parameters)
        let keys = StageKeys(
            contentSHA256: order.contentSHA256, stream: 0, parameters: order.request.parameters, plan: plan, seed: seed)
        guard order.offersPieces == true, let transcript = keys.keys[.transcript], order.known[transcript] == nil else {
            return nil
        }
        var names: [String] = []
        for number in 0..<count {
            let name = String(transcript.dropLast(4)) + String(1000 + number)
            guard await pieces.offer(Array("piece \(number)".utf8), as: name) else { return nil }
            names.append(name)
        }
        let found = TranscriptPlan(pieces: names, language: "en", languageConfidence: nil, languageAssumed: false)
        try TimelineJSON.encode(found).write(to: URL(filePath: path))
        result.planFile = path
        return result
    }

    private func write(
        _ summary: AudioSemanticTimelineSummary, order: WorkOrder, plan: AnalysisPlan
    ) throws -> WorkResult {
        let document = try TimelineDocument(summary)
        func file(_ name: String, _ bytes: [UInt8]) throws -> String {
            try Data(bytes).write(to: URL(filePath: order.folder + "/" + name))
            return order.folder + "/" + name
        }
        let keys = StageKeys(
            contentSHA256: order.contentSHA256, stream: 0, parameters: order.request.parameters, plan: plan, seed: seed)
        var stages: [WorkResult.Stage] = []
        var seconds: [String: Double] = [:]
        for (stage, key) in plan.isStub ? [:] : keys.keys where order.known[key] == nil {
            let path = try file("stage-" + stage.rawValue, Array((stage.rawValue + key).utf8))
            stages.append(WorkResult.Stage(stage: stage, key: key, file: path))
            seconds[stage.rawValue] = 1.5
        }
        return WorkResult(
            documentFile: try file("timeline.json", document.json),
            indexFile: try file("timeline.index", document.index.serialized()), stages: stages,
            stageSeconds: seconds)
    }
}

/// Plans without files: as if Whisper's models were there.
package enum FakePlan {
    /// - Parameters:
    ///   - model: stands for the model's bytes.
    ///   - speakers: stands for the bytes of the model that tells voices apart.
    ///   - stages: replaces the versions of stages.
    package static func make(
        _ parameters: AnalysisParameters, model: String = "aa", speakers: String? = "dd", stages: [String: String] = [:]
    ) -> AnalysisPlan {
        let file = ModelFile(name: "tiny.en", path: "/nowhere", bytes: 1, isMultilingual: false)
        let speech = AnalysisPlan.Speech(
            model: file, voiceActivity: file, modelSHA256: model, voiceSHA256: "bb",
            speakers: speakers.map { _ in file }, speakersSHA256: speakers)
        let plain = AnalysisPlan(parameters: parameters, speech: parameters.includeSpeechMusic ? speech : nil)
        guard !stages.isEmpty else { return plain }
        let versions = plain.stages.merging(stages.mapValues { StageVersion(version: $0) }) { $1 }
        return AnalysisPlan(
            parameters: parameters, speech: parameters.includeSpeechMusic ? speech : nil, stages: versions)
    }
}
