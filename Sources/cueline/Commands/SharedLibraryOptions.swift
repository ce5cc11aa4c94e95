import ArgumentParser
import Foundation
import Library
import SemanticTimeline
import Server

/// Where a library is: in a folder, or in a database and a store of blobs that many machines share.
struct SharedLibraryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The library's folder; made when it is not there. Of a shared library, what this machine keeps for itself.",
            valueName: "DIR"))
    var library = "cueline-library"

    @Option(
        name: .customLong("database"),
        help: ArgumentHelp(
            """
            postgres://… of a library that many machines share; also CUELINE_DATABASE, which does not show in the list of \
            processes.
            """, valueName: "URL"))
    var databaseOption: String?

    @Option(
        name: .customLong("blobs"),
        help: ArgumentHelp(
            "Where its blobs are: s3://bucket/prefix, or a folder that all machines have; also CUELINE_BLOBS.",
            valueName: "URL"))
    var blobsOption: String?

    @Option(
        name: .customLong("source-root"),
        help: ArgumentHelp(
            "A folder whose files may be registered as file: sources, or an s3://bucket/prefix; may be repeated.",
            valueName: "DIR"))
    var sourceRoots: [String] = []

    var database: String? { databaseOption ?? Self.variable("CUELINE_DATABASE") }
    var blobs: String? { blobsOption ?? Self.variable("CUELINE_BLOBS") }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func validate() throws {
        if database != nil, blobs == nil {
            throw ValidationError("--database needs --blobs: bytes have to be where all machines find them.")
        }
        if database == nil, blobs != nil {
            throw ValidationError("--blobs goes with --database: a library in a folder keeps its own bytes.")
        }
    }

    /// - Throws: `CommandError` where a library in a folder is not there.
    func mustExist() throws {
        guard database != nil || OutputFile.isDirectory(library) else {
            throw CommandError(status: .noInput, message: "there is no library of that name")
        }
    }

    /// Opens the library.
    ///
    /// - Parameter readsBytes: whether blobs are asked for; else they are left alone.
    /// - Throws: `LibraryError`; `CommandError` for places that cannot be.
    func open(readsBytes: Bool = true) async throws -> ServedLibrary {
        guard let database, let blobs else { return ServedLibrary(try LibraryFolder.open(library)) }
        let store: any BlobStore = readsBytes ? try openBlobs(blobs) : MemoryBlobStore()
        let (stores, queue) = try await openDatabase(database)
        return ServedLibrary(database: stores, queue: queue, blobs: store)
    }

    private func openDatabase(_ url: String) async throws -> (SQLLibrary, any JobQueue) {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw CommandError(status: .usage, message: "--database must begin with postgres://")
        }
        #if PostgreSQL
            let shared = try await PostgresLibrary.open(url)
            return (shared.database, shared.queue)
        #else
            throw CommandError(
                status: .unavailable, message: "this cueline was built without PostgreSQL (trait PostgreSQL)")
        #endif
    }

    private func openBlobs(_ place: String) throws -> any BlobStore {
        if place.hasPrefix("s3:") {
            return try S3BlobStore(S3Location(place), temporaryFolder: library + "/blobs")
        }
        return try FolderBlobStore(root: place.hasPrefix("file://") ? String(place.dropFirst(7)) : place)
    }

    /// Options of the service on a library.
    ///
    /// - Throws: `LibraryError`.
    func serviceOptions(of library: ServedLibrary) throws -> SemanticTimelineService.Options {
        var options = SemanticTimelineService.Options(workFolder: self.library + "/work")
        options.sourceRoots = sourceRoots.filter { !$0.hasPrefix("s3:") }
        let buckets = sourceRoots.filter { $0.hasPrefix("s3:") }
        let store = library.stores.blobs as? S3BlobStore
        if let place = blobs.flatMap({ $0.hasPrefix("s3:") ? $0 : nil }) ?? buckets.first {
            options.bucketSources = try BucketSources(
                S3Location(place), roots: buckets.map { String($0.prefix { $0 != "?" }) }, store: store,
                temporaryFolder: self.library + "/sources")
        }
        return options
    }

    func workerOptions(slots: Int) -> WorkerOptions {
        var options = WorkerOptions(
            name: "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)")
        options.slots = slots
        return options
    }
}

/// This program, to be started again for an analysis.
enum Program {
    static var path: String {
        #if os(Linux)
            if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { return path }
        #endif
        return Bundle.main.executablePath ?? CommandLine.arguments[0]
    }
}
