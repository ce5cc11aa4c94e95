import GRDB

/// Assets, artifacts, timelines, stages, videos and jobs in an SQLite database.
///
/// Several processes may work on one file: one of them writes at a time, and what was written survives a loss of power.
/// Reads neither wait for writes nor hold them up. A cancelled task may get a `CancellationError` from any method; then
/// nothing was changed.
public final class SQLiteLibrary: AssetStore, ArtifactStore, TimelineStore, StageStore, VideoStore, JobStore,
    BlobReferences, Sendable
{
    private static let readers = 8
    private static let busySeconds = 5.0

    private let writer: any DatabaseWriter

    /// Opens a database, making it or bringing it up to date where necessary.
    ///
    /// - Parameter path: nil for a database in memory that goes with this object.
    /// - Throws: ``LibraryError`` `newer`, `inputOutput`.
    public init(path: String?) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.busySeconds)
        configuration.maximumReaderCount = Self.readers
        configuration.label = "cueline.library"
        do {
            if let path {
                let pool = try DatabasePool(path: path, configuration: configuration)
                // The pool sets NORMAL, with which a loss of power may take the last transactions.
                try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                writer = pool
            } else {
                writer = try DatabaseQueue(configuration: configuration)
            }
            guard try !writer.read({ try Schema.migrator.hasBeenSuperseded($0) }) else {
                throw LibraryError(.newer, "the library was written by a later version of this program")
            }
            try Schema.migrator.migrate(writer)
        } catch let error as DatabaseError {
            throw LibraryError(.inputOutput, "the library cannot be opened", underlying: "\(error)")
        }
    }

    /// Reads with one statement, which sees one state of the database without a transaction around it.
    func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await writer.unsafeRead(body)
        } catch {
            throw Self.translated(error, noun: "row")
        }
    }

    /// Does all of `body` or nothing.
    ///
    /// - Parameter noun: what a conflict is about, in its message.
    func write<Value: Sendable>(
        _ noun: String, _ body: @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await writer.write(body)
        } catch {
            throw Self.translated(error, noun: noun)
        }
    }

    private static func translated(_ error: any Error, noun: String) -> any Error {
        switch error {
        case is LibraryError, is CancellationError:
            return error
        case let error as DatabaseError:
            switch error.extendedResultCode {
            case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY:
                return LibraryError(.conflict, "there is already one \(noun) of that id", underlying: "\(error)")
            case .SQLITE_CONSTRAINT_FOREIGNKEY:
                return LibraryError(
                    .missingParent, "what the \(noun) belongs to does not exist", underlying: "\(error)")
            default:
                return LibraryError(.inputOutput, "the library cannot be used", underlying: "\(error)")
            }
        default:
            return LibraryError(.inputOutput, "the library holds a row that cannot be read", underlying: "\(error)")
        }
    }
}
