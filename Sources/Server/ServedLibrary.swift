public import Library
public import SemanticTimeline

/// The library that a server serves: one in a folder, which is its own, or one that many machines share.
public struct ServedLibrary: Sendable {
    public let stores: LibraryStores
    let references: any BlobReferences
    /// nil for a shared one.
    let folder: LibraryFolder?

    /// A library in a folder.
    public init(_ folder: LibraryFolder) {
        stores = LibraryStores(database: folder.database, blobs: folder.blobs)
        references = folder.database
        self.folder = folder
    }

    /// A library in a database that many machines share.
    ///
    /// - Parameters:
    ///   - queue: where its jobs wait.
    ///   - blobs: shared as well.
    public init(database: SQLLibrary, queue: any JobQueue, blobs: any BlobStore) {
        var stores = LibraryStores(database: database, blobs: blobs, queue: queue)
        stores.references = database
        self.stores = stores
        references = database
        folder = nil
    }

    /// Removes what processes that are gone left behind while they wrote bytes.
    ///
    /// - Returns: how many files.
    public func removeAbandonedFiles() async throws -> Int {
        switch stores.blobs {
        case let blobs as FolderBlobStore: try await blobs.removeAbandonedFiles()
        case let blobs as S3BlobStore: try await blobs.removeAbandonedFiles()
        default: 0
        }
    }

    /// Removes those of this machine, at a start.
    func removeAbandonedTemporaryFiles() async {
        switch stores.blobs {
        case let blobs as FolderBlobStore: _ = try? await blobs.removeAbandonedFiles()
        case let blobs as S3BlobStore: _ = try? await blobs.removeAbandonedTemporaryFiles()
        default: break
        }
    }

    /// Collects what nothing names any more.
    public func collector(jobRetention: Duration) -> GarbageCollector {
        var collector = GarbageCollector(blobs: stores.blobs, references: references, jobs: stores.jobs)
        collector.jobRetention = jobRetention
        return collector
    }
}
