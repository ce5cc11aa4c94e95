import Library
import TestServers

/// All that a database of the library is.
typealias LibraryDatabase = AssetStore & ArtifactStore & TimelineStore & StageStore & VideoStore & JobStore
    & BlobReferences

/// The databases that keep the promises of the stores' protocols; a further one is a further case here.
enum DatabaseBackend: String, CaseIterable, Sendable {
    case disk
    case memory
    case postgres

    /// Runs a test on an empty database.
    func withDatabase(_ body: (any LibraryDatabase) async throws -> Void) async throws {
        switch self {
        case .disk:
            let folder = try ScratchFolder()
            try await body(SQLLibrary(sqlite: folder.path + "/library.sqlite"))
            withExtendedLifetime(folder) {}
        case .memory:
            try await body(SQLLibrary(sqlite: nil))
        case .postgres:
            try await body(PostgresLibrary.open(try await PostgresServer.database()).database)
        }
    }
}
