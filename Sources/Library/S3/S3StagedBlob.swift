import Files

/// A blob that is being written to a local file, on its way to S3.
final class S3StagedBlob: StagedBlob {
    private let store: S3BlobStore
    private let spool: SpoolFile

    init(store: S3BlobStore, spool: SpoolFile) {
        self.store = store
        self.spool = spool
    }

    func append(_ bytes: [UInt8]) async throws {
        try await spool.append(bytes)
    }

    func publish(in scope: Scope) async throws -> ContentFacts {
        let (file, facts) = try await spool.finished()
        try await store.publish(file, facts, in: scope)
        await spool.discard()
        return facts
    }

    func discard() async {
        await spool.discard()
    }
}
