import Analysis
import Foundation
import Library
import Logging
import Media
import SemanticTimeline
import TimelineModel

/// A library that the command line keeps timelines in: the same cache as the server's, without a server.
struct LocalLibrary: Sendable {
    let service: SemanticTimelineService

    /// - Parameter atOnce: recordings that are heard at once.
    /// - Throws: `LibraryError`.
    init(_ folder: String, analyzer: Analyzer, atOnce: Int = 1) throws {
        let library = try LibraryFolder.open(folder)
        WorkFolders.removeAbandoned(in: folder + "/work")
        var options = SemanticTimelineService.Options(workFolder: folder + "/work")
        // The user may read what the user may read.
        options.sourceRoots = ["/"]
        options.analysesAtOnce = atOnce
        options.waiting = .max
        options.waitingPerTenant = .max
        var stores = LibraryStores(database: library.database, blobs: library.blobs)
        // These jobs live and die with this command: a server must not take them up.
        stores.jobs = try SQLLibrary(sqlite: nil)
        service = SemanticTimelineService(
            stores: stores, analyzer: analyzer,
            runner: InProcessRunner(analyzer: analyzer), options: options,
            logger: Logger(label: "cueline") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The timeline of a file, from the library where it is there, else heard and kept.
    func analyze(
        _ path: String, request: AnalysisRequest, force: Bool,
        onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> AudioSemanticTimelineSummary {
        let scope = Scope(tenantID: request.tenantID, env: request.env)
        let digest = try await ContentDigest.sha256(ofFileAt: path)
        let assetID = request.assetID ?? "sha256-" + digest
        _ = try Identifiers(
            tenantID: request.tenantID, env: request.env, assetID: assetID, userID: request.userID)
        try await register(path, as: assetID, userID: request.userID, in: scope)
        let asked = SemanticRequest(
            scope: scope, userID: request.userID, assetID: assetID, parameters: request.parameters, force: force)
        let result: SemanticResult
        switch try await service.start(asked) {
        case .hit(let hit, _): result = hit
        case .job(let handle): result = try await follow(handle, in: scope, onProgress: onProgress)
        }
        let (_, bytes) = try await service.document(result.artifactID, in: scope)
        return try TimelineJSON.decode(from: Data(bytes))
    }

    /// Makes the file an asset, its bytes kept where it lies; an asset of that id is pointed to it.
    private func register(_ path: String, as id: String, userID: String?, in scope: Scope) async throws {
        let full = URL(filePath: path).standardizedFileURL.path
        let uri = "file://" + (full.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? full)
        if let known = try await service.stores.assets.asset(id, in: scope) {
            if known.sourceURI != uri { try await service.stores.assets.setSource(uri, ofAsset: id, in: scope) }
            return
        }
        var asset = MediaAsset(
            id: id, scope: scope, userID: userID, kind: .audio, sourceURI: uri, createdAt: .now)
        // Without ffmpeg it is registered as what it is taken for.
        if let info = try? await MediaProbe().probe(path) { asset.fill(from: info, kindIsTold: false) }
        do {
            try await service.stores.assets.insert(asset)
        } catch let error as LibraryError where error.code == .conflict {
            // Another run registered it just now.
        }
    }

    /// Waits for a job while its progress shows; a cancelled task cancels the job.
    private func follow(
        _ handle: JobHandle, in scope: Scope, onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> SemanticResult {
        do {
            var seen = 0
            while true {
                let (record, revision) = try await handle.snapshot(after: seen)
                seen = revision
                if handle.isAtRest { return try await handle.result() }
                if let progress = AnalysisProgress(record) { onProgress(progress) }
            }
        } catch let error as CancellationError {
            // Who is told to end by somebody else may be started again, and goes on then; Ctrl-C is meant.
            await Task {
                if Interruption.isTermination {
                    await service.close()
                } else {
                    _ = try? await service.cancelJob(handle.id, in: scope)
                }
            }.value
            throw error
        }
    }
}

extension AnalysisProgress {
    /// What a job's record says; nil before it runs.
    init?(_ record: JobRecord) {
        guard let stage = Stage(rawValue: record.stage) else { return nil }
        var shares: [AnalysisStage: Double] = [:]
        for (name, share) in record.work?.stages ?? [:] {
            if let stage = AnalysisStage(rawValue: name) { shares[stage] = share }
        }
        self.init(
            stage: stage, fraction: record.progress, duration: record.work?.durationSeconds, stages: shares,
            rate: record.work?.rate, secondsLeft: record.work?.secondsLeft)
    }
}
