import Analysis
import Crypto
import Files
import Foundation
import Library
import TimelineModel

/// What an analysis came to whose pieces others transcribe.
struct UnfinishedWork: Error {
    /// The outputs of stages that are done, and the plan of the transcript.
    var stages: [StageEntry]
}

extension SemanticTimelineService {
    /// Bytes of a second of a recording of unknown length: 128 kbit.
    private static let bytesPerSecond = 16_000.0
    /// The name of a transcript's plan among the outputs of stages.
    private static let planName = "transcript-plan"

    /// Puts a request into the queue, or finds that it is there.
    func share(_ prepared: PreparedRequest, _ queue: any JobQueue) async throws -> JobHandle {
        var fields = IdentityFields()
        fields.append("cache_key", prepared.cacheKey)
        fields.append("identity", prepared.identity)
        fields.append("force", prepared.request.force ? "1" : "0")
        let job = JobRecord(
            id: LibraryID.make("job"), scope: prepared.request.scope, userID: prepared.request.userID, kind: "analyze",
            request: .encoding(prepared.request), createdAt: .now)
        let seconds =
            prepared.source.knownDurationMs.map { $0 / 1000 }
            ?? Double(prepared.source.content.sizeBytes) / Self.bytesPerSecond
        let order = QueueOrder(
            job: job, flight: hexadecimal(SHA256.hash(data: fields.bytes)), cost: min(max(1, seconds), 86_400),
            priority: prepared.request.priority == .low ? .low : .normal)
        do {
            let known = try await queue.enqueue(order, limits: options.queueLimits)
            return watcher?.follow(known) ?? JobHandle(record: known)
        } catch let error as LibraryError where error.code == .full {
            throw SemanticTimelineError(
                .overloaded, "too many analyses are waiting; try again later", retryAfterSeconds: 60)
        }
    }

    /// Cancels a job wherever it is, and waits a little for its worker to stop.
    func cancel(_ id: String, in scope: Scope, _ queue: any JobQueue) async throws -> JobRecord {
        guard let record = try await queue.cancel(id, in: scope) else {
            throw SemanticTimelineError.notFound(.jobNotFound, "job")
        }
        let start = ContinuousClock.now
        var last = record
        while !last.state.isFinal, ContinuousClock.now - start < .seconds(10) {
            try await Task.sleep(for: .milliseconds(100))
            last = try await job(id, in: scope)
        }
        return last
    }

    // MARK: - Pieces

    func storedPieces(_ prepared: PreparedRequest) -> StoredPieces {
        StoredPieces(
            stores: stores, scope: prepared.request.scope, sourceSHA256: prepared.source.content.sha256,
            isForced: prepared.request.force)
    }

    /// Stores what an analysis found that waits for others, and whom it waits for.
    func stages(
        of result: WorkResult, _ plan: String, _ prepared: PreparedRequest
    ) async throws -> [StageEntry] {
        guard let key = planKey(prepared) else { return [] }
        return try await stages(of: result, prepared) + [try await entry(Self.planName, key, plan, prepared)]
    }

    private func planKey(_ prepared: PreparedRequest) -> String? {
        prepared.stageKeys.keys[.transcript].map { hexadecimal(SHA256.hash(data: Array("plan:\($0)".utf8))) }
    }

    /// Puts a transcript together of the pieces that others transcribed, where all of them are there.
    ///
    /// - Parameter known: files with the outputs of stages; the transcript's is added.
    /// - Returns: the row of the transcript, whose bytes are stored; nothing where there is no plan or a piece is missing.
    func mergedTranscript(
        _ prepared: PreparedRequest, folder: String, known: inout [String: String]
    ) async throws -> [StageEntry] {
        let scope = prepared.request.scope
        guard let key = prepared.stageKeys.keys[.transcript], known[key] == nil, stores.queue != nil,
            let planKey = planKey(prepared),
            let entry = try await stores.stages.stages(keys: [planKey], in: scope).first,
            let bytes = try? await stores.blobs.read(entry.blobSHA256, in: scope, range: nil),
            let plan = try? TimelineJSON.decode(TranscriptPlan.self, from: Data(bytes))
        else { return [] }
        var found: [String: [UInt8]] = [:]
        for piece in try await stores.stages.stages(keys: plan.pieces, in: scope) {
            found[piece.key] = try? await stores.blobs.read(piece.blobSHA256, in: scope, range: nil)
        }
        guard let transcript = plan.transcript(found) else { return [] }
        let path = folder + "/known-transcript"
        try await BlockingWork.run { _ in try Data(transcript).write(to: URL(filePath: path)) }
        known[key] = path
        return [try await self.entry("transcript", key, path, prepared)]
    }
}
