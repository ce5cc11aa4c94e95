import Analysis
import Files
import Foundation
import Library
import Logging
import TimelineModel

/// A request with all that decides whether it is a hit.
struct PreparedRequest: Sendable {
    var request: SemanticRequest
    var source: ResolvedSource
    var plan: AnalysisPlan
    var cacheKey: String
    var identity: String
    var stageKeys: StageKeys
}

extension SemanticTimelineService {
    /// Checks a request, finds its source and tells its key and identity.
    func prepare(_ request: SemanticRequest) async throws -> PreparedRequest {
        try await prepareWithCandidates(request).prepared
    }

    /// Prepares a request while its key's timelines are looked up, by their identities.
    func prepareWithCandidates(
        _ request: SemanticRequest
    ) async throws -> (prepared: PreparedRequest, candidates: [String: String]) {
        var request = request
        // Empty ones count as absent.
        if request.userID?.isEmpty == true { request.userID = nil }
        if request.artifactID?.isEmpty == true { request.artifactID = nil }
        let identifiers = try request.identifiers
        let plan = try planner(request.parameters)
        let key = AudioSemanticCacheKey(
            identifiers: identifiers, parameters: request.parameters, backendVersion: plan.backendVersion)
        let scope = request.scope
        async let candidates = stores.timelines.timelineIDs(cacheKey: key.value, in: scope)
        let source = try await resolver.resolve(
            assetID: request.assetID, artifactID: request.artifactID, in: request.scope)
        let identity = SemanticIdentity(
            tenantID: request.tenantID, env: request.env, contentSHA256: source.content.sha256, stream: 0,
            parameters: request.parameters, plan: plan, seed: analyzer.configuration.seed)
        let stageKeys = StageKeys(
            contentSHA256: source.content.sha256, stream: 0, parameters: request.parameters, plan: plan,
            seed: analyzer.configuration.seed)
        let prepared = PreparedRequest(
            request: request, source: source, plan: plan, cacheKey: key.value, identity: identity.value,
            stageKeys: stageKeys)
        return (prepared, try await candidates)
    }

    /// The stored timeline of a request, if there is one and its bytes are whole.
    ///
    /// - Parameter candidates: the artifacts of the timelines of its key, by identity.
    func hit(_ prepared: PreparedRequest, candidates: [String: String]) async throws -> ReadyResult? {
        let scope = prepared.request.scope
        guard let id = candidates[prepared.identity], let ready = try await ready(id, in: scope),
            try await isWhole(id, document: ready.documentSHA256, index: ready.indexSHA256, in: scope)
        else { return nil }
        return ready
    }

    /// What a hit on a timeline answers.
    private func ready(_ artifactID: String, in scope: Scope) async throws -> ReadyResult? {
        let key = ArtifactKey(scope: scope, artifactID: artifactID)
        if let known = results[key] { return known }
        let stored: StoredTimeline?
        do {
            stored = try await stores.timelines.timeline(artifactID: artifactID, in: scope)
        } catch let error as LibraryError where error.code == .rowDamaged {
            // Made anew.
            stored = nil
        }
        guard let stored, let content = stored.artifact.content else { return nil }
        var meta = stored.artifact.meta
        meta["cache_hit"] = .bool(true)
        if case .object(let stages)? = meta["stages"] {
            meta["stages"] = .object(
                stages.mapValues { stage in
                    var facts = stage.members ?? [:]
                    facts["seconds"] = .integer(0)
                    facts["cached"] = .bool(true)
                    return .object(facts)
                })
        }
        let result = SemanticResult(artifactID: artifactID, uri: stored.artifact.uri, meta: meta)
        let ready = ReadyResult(
            result: result, json: [UInt8](try TimelineJSON.encode(result)), documentSHA256: content.sha256,
            indexSHA256: stored.record.indexSHA256)
        results.keep(ready, for: key, cost: ready.json.count * 2)
        return ready
    }

    /// Whether both blobs of a timeline are there and what they should be.
    func isWhole(_ artifactID: String, document: String, index: String, in scope: Scope) async throws -> Bool {
        do {
            try await readingWhole(artifactID) {
                _ = try await stores.blobs.verify(document, in: scope)
                _ = try await stores.blobs.verify(index, in: scope)
            }
            return true
        } catch let error as SemanticTimelineError where error.code == .timelineNotFound {
            return false
        }
    }

    /// Keeps what an analysis led to: rows whose blobs are there.
    typealias Keep = @Sendable (JobResult, SemanticResult) async throws -> Void

    /// Keeps it without further ado.
    func keep(_ new: JobResult, in scope: Scope) async throws {
        if let artifact = new.artifact {
            try await stores.artifacts.insert(artifact, timeline: new.timeline, stages: new.stages)
        } else if !new.stages.isEmpty {
            try await stores.stages.record(new.stages, in: scope)
        }
    }

    /// A new folder for the files of one analysis, which is gone afterwards.
    func withWorkFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = options.workFolder + "/" + WorkFolders.name()
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    /// Does the work of a job.
    ///
    /// - Parameters:
    ///   - pieces: where pieces are kept and offered; nil keeps them and offers none.
    ///   - keep: is called once, when all went well.
    /// - Throws: also ``UnfinishedWork`` where pieces were offered.
    func perform(
        _ prepared: PreparedRequest, handle: JobHandle, pieces: StoredPieces? = nil, keep: Keep
    ) async throws -> SemanticResult {
        // Whoever flew before may have just landed.
        if !prepared.request.force {
            let candidates = try await stores.timelines.timelineIDs(
                cacheKey: prepared.cacheKey, in: prepared.request.scope)
            if let hit = try await hit(prepared, candidates: candidates) {
                try await keep(JobResult(artifact: nil, timeline: nil, stages: []), hit.result)
                return hit.result
            }
        }
        return try await withWorkFolder { folder in
            try await perform(prepared, in: folder, handle: handle, pieces: pieces, keep: keep)
        }
    }

    private func perform(
        _ prepared: PreparedRequest, in folder: String, handle: JobHandle, pieces: StoredPieces?, keep: Keep
    ) async throws -> SemanticResult {
        let start = ContinuousClock.now
        let isForced = prepared.request.force
        let pieces = pieces ?? storedPieces(prepared)
        var files = isForced ? [:] : try await knownStages(prepared, folder: folder)
        let merged = isForced ? [] : try await mergedTranscript(prepared, folder: folder, known: &files)
        let known = files
        let checkpoint = options.workFolder + "/" + WorkFolders.checkpointName(prepared)
        let result: WorkResult
        do {
            result = try await withSource(prepared.source) { path in
                var order = WorkOrder(
                    path: path, contentSHA256: prepared.source.content.sha256, request: prepared.request,
                    knownDurationMs: prepared.source.knownDurationMs, known: known, folder: folder,
                    checkpoint: isForced ? nil : checkpoint)
                order.offersPieces = pieces.offers
                return try await self.runner.run(order, pieces: pieces) { progress in
                    handle.update { $0.show(progress) }
                }
            }
            try Task.checkCancellation()
        } catch {
            if !isForced { settleCheckpoint(checkpoint, after: error, isCancelled: handle.isCancelled) }
            throw error
        }
        let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000
        if let plan = result.planFile {
            let stages = try await stages(of: result, plan, prepared)
            // It is put together anywhere.
            WorkFolders.removeCheckpoint(checkpoint)
            throw UnfinishedWork(stages: stages)
        }
        observer.finished(seconds: seconds, stageSeconds: result.stageSeconds)
        let answer = try await register(prepared, result, merged: merged, keep: keep)
        if !isForced { WorkFolders.removeCheckpoint(checkpoint) }
        return answer
    }

    /// Removes the state of what will not be taken up: cancelled work, and sources that cannot be heard. Of what was interrupted, killed or failed
    /// for another reason the next try goes on where it was, if it had come to a state.
    private func settleCheckpoint(_ folder: String, after error: any Error, isCancelled: Bool) {
        let isOfSource =
            switch (error as? SemanticTimelineError)?.code {
            case .analyzeFailed, .internalError, .overloaded, nil: false
            default: true
            }
        if isCancelled || isOfSource || WorkFolders.stateDate(folder) == nil { WorkFolders.removeCheckpoint(folder) }
    }

    private func withSource<Value: Sendable>(
        _ source: ResolvedSource, _ body: @Sendable (String) async throws -> Value
    ) async throws -> Value {
        switch source.location {
        case .file(let path): try await body(path)
        case .bucket(let uri, let etag):
            if let buckets = options.bucketSources {
                try await buckets.withFile(uri, etag: etag, body)
            } else {
                throw SemanticTimelineError(.fetchFailed, "the source cannot be read", resourceKind: "asset")
            }
        case .blob:
            try await readingAgain {
                try await self.stores.blobs.withFile(source.content.sha256, in: source.asset.scope, body)
            }
        }
    }

    /// Reads up to three times: the same bytes, when they are sent again, take the place of the file that is read, which looks like a change.
    private func readingAgain<Value>(_ body: () async throws -> Value) async throws -> Value {
        for _ in 0..<2 {
            do {
                return try await body()
            } catch let error as SemanticTimelineError where error.code == .fetchFailed {
                try Task.checkCancellation()
            }
        }
        return try await body()
    }

    /// Puts the stage outputs that are known into the work folder; damaged ones are left out.
    private func knownStages(_ prepared: PreparedRequest, folder: String) async throws -> [String: String] {
        guard !prepared.plan.isStub else { return [:] }
        let scope = prepared.request.scope
        var files: [String: String] = [:]
        for entry in try await stores.stages.stages(keys: Array(prepared.stageKeys.keys.values), in: scope) {
            guard let bytes = try? await stores.blobs.read(entry.blobSHA256, in: scope, range: nil) else { continue }
            let path = folder + "/known-" + entry.name
            try await BlockingWork.run { _ in try Data(bytes).write(to: URL(filePath: path)) }
            files[entry.key] = path
        }
        return files
    }

    /// Stores what came out: blobs first, then the rows.
    ///
    /// - Parameter merged: the outputs of stages that were put together of others.
    private func register(
        _ prepared: PreparedRequest, _ result: WorkResult, merged: [StageEntry], keep: Keep
    ) async throws -> SemanticResult {
        let scope = prepared.request.scope
        guard let documentFile = result.documentFile, let indexFile = result.indexFile else {
            throw SemanticTimelineError(.analyzeFailed, "the analysis left no result")
        }
        let entries = try await stages(of: result, prepared) + merged
        let indexBlob = try await publish(indexFile, in: scope)
        let document = try await publish(documentFile, in: scope)
        let index = try await index(indexBlob.sha256, in: scope)
        let summary = index.skeleton.meta
        // What was heard may be of another kind than what was planned, a stub say: then it may be there already.
        // Or its bytes were damaged, and are whole again.
        let meta = try await artifactMeta(summary, prepared: prepared, result: result)
        if !prepared.request.force {
            let known = try await stores.timelines.timelineIDs(cacheKey: summary.cacheKey, in: scope)
            if let id = known[summary.semanticIdentity], let ready = try await ready(id, in: scope),
                ready.documentSHA256 == document.sha256, ready.indexSHA256 == indexBlob.sha256
            {
                let answer = SemanticResult(artifactID: id, uri: ready.result.uri, meta: meta)
                try await keep(JobResult(artifact: nil, timeline: nil, stages: entries), answer)
                return answer
            }
        }
        let id = LibraryID.make("art")
        let artifact = DerivedArtifact(
            id: id, parentAssetID: prepared.request.assetID, scope: scope, kind: .audioSemanticTimeline,
            uri: Self.contentURI(ofArtifact: id), createdAt: .now, startMs: 0,
            endMs: Double(index.skeleton.durationMs), meta: meta, content: document)
        let record = TimelineRecord(
            artifactID: id, assetID: prepared.request.assetID, sourceArtifactID: prepared.request.artifactID,
            cacheKey: summary.cacheKey, identity: summary.semanticIdentity, sourceSHA256: summary.contentSHA256,
            isStub: summary.backendType == "stub", includeBeats: summary.includeBeats,
            includeSpeechMusic: summary.includeSpeechMusic, indexSHA256: indexBlob.sha256)
        let answer = SemanticResult(artifactID: id, uri: artifact.uri, meta: meta)
        try await keep(JobResult(artifact: artifact, timeline: record, stages: entries), answer)
        return answer
    }

    /// Stores the outputs of the stages that ran.
    ///
    /// - Returns: the rows for them.
    func stages(of result: WorkResult, _ prepared: PreparedRequest) async throws -> [StageEntry] {
        var entries: [StageEntry] = []
        for stage in result.stages {
            entries.append(try await entry(stage.stage.rawValue, stage.key, stage.file, prepared))
        }
        return entries
    }

    /// Stores the output of a stage.
    func entry(
        _ name: String, _ key: String, _ file: String, _ prepared: PreparedRequest
    ) async throws -> StageEntry {
        let blob = try await publish(file, in: prepared.request.scope)
        return StageEntry(
            key: key, name: name, sourceSHA256: prepared.source.content.sha256, blobSHA256: blob.sha256,
            sizeBytes: blob.sizeBytes)
    }

    /// Where an artifact's bytes are had, relative to the service.
    public static func contentURI(ofArtifact id: String) -> String { "/media-v2/artifacts/\(id)/content" }

    /// What an artifact and its result tell: the summary's meta without the curve, and how it came to be.
    private func artifactMeta(
        _ summary: TimelineMeta, prepared: PreparedRequest, result: WorkResult
    ) async throws -> [String: JSONValue] {
        var meta = JSONValue.encoding(summary).members ?? [:]
        if case .object(var loudness)? = meta["loudness"] {
            loudness["values"] = nil
            meta["loudness"] = .object(loudness)
        }
        meta["cache_key"] = .string(summary.cacheKey)
        meta["cache_hit"] = .bool(false)
        meta["pipeline_hash"] = .string(summary.semanticIdentity)
        let ran = Set(result.stages.map(\.stage.rawValue))
        meta["stages"] = .object(
            Dictionary(
                uniqueKeysWithValues: summary.stages.map { name, stage in
                    // The plan is a part of the transcript; assembly and the stub are never kept.
                    let isKept = AnalysisStage(rawValue: name) != nil || name == "plan"
                    let isCached = isKept && !ran.contains(name == "plan" ? "transcript" : name)
                    let seconds = isCached ? 0 : result.stageSeconds[name] ?? 0
                    return (
                        name,
                        .object([
                            "version": .string(stage.version), "cached": .bool(isCached),
                            "seconds": .number((seconds * 1000).rounded() / 1000),
                        ])
                    )
                }))
        if let info = summary.backendInfo {
            meta["backend_info"] = .encoding(info)
        } else {
            meta["backend_info"] = .encoding(
                try await analyzer.backendInfo(prepared.plan, language: prepared.request.language))
        }
        return meta
    }

    /// Copies a file of the work folder into the blobs.
    func publish(_ path: String, in scope: Scope) async throws -> ContentFacts {
        guard let file = try? OpenFile(path: path, for: .reading) else {
            throw SemanticTimelineError(.analyzeFailed, "the analysis left no result")
        }
        let staged = try await stores.blobs.stage()
        do {
            var position: Int64 = 0
            while true {
                let start = position
                let block = try await BlockingWork.run { _ in try file.read(at: start, count: 1 << 20) }
                if block.isEmpty { break }
                try await staged.append(block)
                position += Int64(block.count)
            }
            return try await staged.publish(in: scope)
        } catch {
            await staged.discard()
            throw error
        }
    }
}
