package import Analysis
import Files
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Does work orders in this process: what the command line does, and what the child of a server does.
package struct InProcessRunner: AnalysisRunner {
    private let analyzer: Analyzer

    package init(analyzer: Analyzer) {
        self.analyzer = analyzer
    }

    package func run(
        _ order: WorkOrder, pieces: any PieceStore, onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> WorkResult {
        let request = AnalysisRequest(
            tenantID: order.request.tenantID, env: order.request.env, userID: order.request.userID,
            assetID: order.request.assetID, artifactID: order.request.artifactID,
            parameters: order.request.parameters, knownDurationMs: order.knownDurationMs)
        do {
            if let piece = order.piece { return try await transcribe(piece, order, onProgress: onProgress) }
            let stamp = FileStamp(path: order.path)
            let outcome: AnalysisOutcome
            do {
                outcome = try await analyzer.analyze(
                    order.path, request: request,
                    memory: AnalysisMemory(
                        pieces: pieces, checkpoint: order.checkpoint, offersPieces: order.offersPieces ?? false),
                    known: { Self.known($0, order) }, onProgress: onProgress)
            } catch let unfinished as UnfinishedAnalysis {
                guard unfinished.contentSHA256 == order.contentSHA256, FileStamp(path: order.path) == stamp else {
                    throw Self.changed
                }
                return try Self.write(unfinished, into: order.folder)
            }
            // It was hashed before it was decoded: nothing may have been written between the two.
            guard outcome.summary.meta.contentSHA256 == order.contentSHA256, FileStamp(path: order.path) == stamp else {
                throw Self.changed
            }
            return try Self.write(outcome, into: order.folder)
        } catch let error as CancellationError {
            throw error
        } catch {
            var failure = SemanticTimelineError(error)
            failure.message = order.withoutNames(failure.message)
            failure.underlying = failure.underlying.map(order.withoutNames)
            throw failure
        }
    }

    private static let changed = SemanticTimelineError(
        .fetchFailed, "the source changed while it was read", resourceKind: "asset")

    private static func known(_ keys: StageKeys, _ order: WorkOrder) -> StageResults {
        var results = StageResults()
        for (stage, key) in keys.keys {
            guard let path = order.known[key], let bytes = FileManager.default.contents(atPath: path) else { continue }
            results.take([UInt8](bytes), of: stage)
        }
        return results
    }

    private func transcribe(
        _ piece: String, _ order: WorkOrder, onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> WorkResult {
        guard let bytes = FileManager.default.contents(atPath: piece) else {
            throw SemanticTimelineError(.analyzeFailed, "a piece of the recording is gone")
        }
        let found = try await analyzer.transcribe(
            [UInt8](bytes), parameters: order.request.parameters, onProgress: onProgress)
        var result = WorkResult(documentFile: nil, indexFile: nil, stages: [], stageSeconds: [:])
        result.pieceFile = try Self.file("piece", found, in: order.folder)
        return result
    }

    private static func file(_ name: String, _ bytes: [UInt8], in folder: String) throws -> String {
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    private static func write(_ outcome: AnalysisOutcome, into folder: String) throws -> WorkResult {
        let document = try TimelineDocument(outcome.summary)
        return WorkResult(
            documentFile: try file("timeline.json", document.json, in: folder),
            indexFile: try file("timeline.index", document.index.serialized(), in: folder),
            stages: try stages(outcome.computed, outcome.keys, outcome.results, into: folder),
            stageSeconds: outcome.stageSeconds)
    }

    private static func write(_ unfinished: UnfinishedAnalysis, into folder: String) throws -> WorkResult {
        var result = WorkResult(
            documentFile: nil, indexFile: nil,
            stages: try stages(unfinished.computed, unfinished.keys, unfinished.results, into: folder),
            stageSeconds: unfinished.stageSeconds)
        result.planFile = try file("plan", [UInt8](TimelineJSON.encode(unfinished.plan)), in: folder)
        return result
    }

    private static func stages(
        _ computed: Set<AnalysisStage>, _ keys: StageKeys, _ results: StageResults, into folder: String
    ) throws -> [WorkResult.Stage] {
        try computed.sorted(by: { $0.rawValue < $1.rawValue }).compactMap { stage in
            guard let key = keys.keys[stage], let bytes = results.bytes(of: stage) else { return nil }
            return WorkResult.Stage(
                stage: stage, key: key, file: try file("stage-" + stage.rawValue, bytes, in: folder))
        }
    }
}
