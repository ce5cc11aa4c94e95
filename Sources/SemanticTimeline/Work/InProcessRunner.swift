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
            let stamp = FileStamp(path: order.path)
            let outcome = try await analyzer.analyze(
                order.path, request: request,
                memory: AnalysisMemory(pieces: pieces, checkpoint: order.checkpoint),
                known: { Self.known($0, order) }, onProgress: onProgress)
            // It was hashed before it was decoded: nothing may have been written between the two.
            guard outcome.summary.meta.contentSHA256 == order.contentSHA256, FileStamp(path: order.path) == stamp else {
                throw SemanticTimelineError(.fetchFailed, "the source changed while it was read", resourceKind: "asset")
            }
            return try Self.write(outcome, into: order.folder)
        } catch let error as CancellationError {
            throw error
        } catch {
            var failure = SemanticTimelineError(error)
            // What lies in a library is called by its digest, which says nothing to a caller.
            let name = order.path.split(separator: "/").last ?? ""
            failure.message = failure.message.replacing("'\(name)'", with: "the recording")
            throw failure
        }
    }

    private static func known(_ keys: StageKeys, _ order: WorkOrder) -> StageResults {
        var results = StageResults()
        for (stage, key) in keys.keys {
            guard let path = order.known[key], let bytes = FileManager.default.contents(atPath: path) else { continue }
            results.take([UInt8](bytes), of: stage)
        }
        return results
    }

    private static func write(_ outcome: AnalysisOutcome, into folder: String) throws -> WorkResult {
        let document = try TimelineDocument(outcome.summary)
        func file(_ name: String, _ bytes: [UInt8]) throws -> String {
            let path = folder + "/" + name
            try Data(bytes).write(to: URL(filePath: path))
            return path
        }
        var result = WorkResult(
            documentFile: try file("timeline.json", document.json),
            indexFile: try file("timeline.index", document.index.serialized()), stages: [],
            stageSeconds: outcome.stageSeconds)
        for stage in outcome.computed.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let key = outcome.keys.keys[stage], let bytes = outcome.results.bytes(of: stage) else { continue }
            result.stages.append(
                WorkResult.Stage(stage: stage, key: key, file: try file("stage-" + stage.rawValue, bytes)))
        }
        return result
    }
}
