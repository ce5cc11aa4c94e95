import Analysis
import Files
import Foundation
import Library
import TimelineModel

/// What a job for a piece holds.
private struct PieceRequest: Codable {
    /// Under which the piece's text is to be kept.
    var key: String
    var sourceSHA256: String
    /// The request that the piece is a part of.
    var analysis: SemanticRequest

    private enum CodingKeys: String, CodingKey {
        case key
        case sourceSHA256 = "source_sha256"
        case analysis
    }
}

/// A long recording is heard by one worker, up to its words; those are found piece by piece, by whoever is free: each piece is a job
/// of its own with its samples as a blob. When all are done, a worker puts the timeline together. How many there are, and in which order they
/// come, shows nowhere in it.
extension JobWorker {
    static let pieceKind = "piece"
    private static let pieceSeconds = 600.0

    /// The pieces of a recording, which others may transcribe.
    ///
    /// - Parameter sending: those that are on their way.
    func offering(_ prepared: PreparedRequest, _ claimed: ClaimedJob, _ sending: Sending) -> StoredPieces {
        var pieces = service.storedPieces(prepared)
        // What is to be heard anew must not find what was heard before, and so cannot be put together of what others kept.
        guard !prepared.request.force else { return pieces }
        pieces.give = { [self] bytes, key in
            // While one is sent away the recording is heard on.
            try await sending.send {
                try await self.persisting(claimed.lease) { try await self.give(bytes, as: key, prepared, claimed) }
            }
            return true
        }
        return pieces
    }

    private func give(_ bytes: [UInt8], as key: String, _ prepared: PreparedRequest, _ claimed: ClaimedJob) async throws
    {
        let scope = prepared.request.scope
        let blob = try await service.stores.blobs.keep(bytes, in: scope)
        let request = PieceRequest(
            key: key, sourceSHA256: prepared.source.content.sha256, analysis: prepared.request)
        let job = JobRecord(
            id: LibraryID.make("job"), scope: scope, userID: prepared.request.userID, kind: Self.pieceKind,
            request: .encoding(request), createdAt: .now)
        let order = QueueOrder(
            job: job, flight: "piece:\(claimed.job.id):\(key)", cost: Self.pieceSeconds,
            priority: claimed.priority, parentID: claimed.job.id, blobSHA256: blob.sha256)
        _ = try await queue.enqueue(order, limits: service.options.queueLimits)
    }

    /// Transcribes a piece.
    func transcribe(_ claimed: ClaimedJob, handle: JobHandle) async throws {
        guard let request: PieceRequest = claimed.job.request.decoded(), let samples = claimed.blobSHA256 else {
            throw SemanticTimelineError(.validation, "the job's request cannot be read")
        }
        let scope = claimed.job.scope
        // Another analysis may have had the same to do. What cannot be read back is made anew.
        let entry: StageEntry
        if let known = try await service.stores.stages.stages(keys: [request.key], in: scope).first,
            (try? await service.stores.blobs.verify(known.blobSHA256, in: scope)) != nil
        {
            entry = known
        } else {
            entry = try await transcribe(samples, request, claimed, handle: handle)
        }
        let record = handle.snapshot.record.finished(nil, at: .now)
        try await complete(claimed.lease, record, JobResult(artifact: nil, timeline: nil, stages: [entry]))
        // Of no further use; where that fails, the collector comes by.
        if let used = try? await service.stores.references?.referenced([samples], in: scope), used.isEmpty {
            // Another analysis may have sent the same just now, and not named it yet.
            let sent = Timestamp(millisecondsSince1970: claimed.job.createdAt.millisecondsSince1970 + 2000)
            _ = try? await service.stores.blobs.remove(samples, in: scope, publishedBefore: sent)
        }
    }

    private func transcribe(
        _ samples: String, _ request: PieceRequest, _ claimed: ClaimedJob, handle: JobHandle
    ) async throws -> StageEntry {
        let scope = claimed.job.scope
        return try await service.withWorkFolder { folder in
            let result = try await service.stores.blobs.withFile(samples, in: scope) { path in
                var order = WorkOrder(
                    path: path, contentSHA256: samples, request: request.analysis, knownDurationMs: nil, known: [:],
                    folder: folder)
                order.piece = path
                return try await self.service.runner.run(order, pieces: NoPieces()) { progress in
                    handle.update { $0.show(progress) }
                }
            }
            try Task.checkCancellation()
            guard let file = result.pieceFile else {
                throw SemanticTimelineError(.analyzeFailed, "the analysis left no result")
            }
            let blob = try await service.publish(file, in: scope)
            return StageEntry(
                key: request.key, name: StoredPieces.stageName, sourceSHA256: request.sourceSHA256,
                blobSHA256: blob.sha256, sizeBytes: blob.sizeBytes)
        }
    }

    private struct NoPieces: PieceStore {
        func piece(_ key: String) async -> [UInt8]? { nil }
        func keep(_ bytes: [UInt8], as key: String) async {}
    }
}

/// What is being sent away, one after the other.
actor Sending {
    private var last: Task<Void, any Error>?

    /// Begins to send something when what came before has arrived.
    ///
    /// - Throws: why that did not arrive.
    func send(_ work: @escaping @Sendable () async throws -> Void) async throws {
        try await arrived()
        last = Task { try await work() }
    }

    /// Stops what is under way: nobody needs it.
    func stop() async {
        last?.cancel()
        _ = try? await last?.value
    }

    /// Waits until all has arrived.
    func arrived() async throws {
        try await last?.value
    }
}
