import Files

/// A blob that is being written to a file of its own in the folder for temporary files.
final class StagedFile: StagedBlob {
    private let store: FolderBlobStore
    private let spool: SpoolFile

    init(store: FolderBlobStore, spool: SpoolFile) {
        self.store = store
        self.spool = spool
    }

    func append(_ bytes: [UInt8]) async throws {
        try await spool.append(bytes)
    }

    func publish(in scope: Scope) async throws -> ContentFacts {
        try await BlockingWork.run { _ in
            try self.spool.move { file, facts in
                try self.store.publish(file, at: self.spool.path, as: facts.sha256, in: scope)
            }
        }
    }

    func discard() async {
        await spool.discard()
    }
}
