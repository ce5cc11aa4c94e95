import Foundation

/// Parsers of other people, which `scripts/bootstrap --with readers` installs, and a folder of exports for them.
final class ForeignReaders {
    /// What `Tests/Readers/read_exports.py` says of a file.
    struct Report: Decodable {
        var file: String
        var format: String
        /// What was moved, for the test of the readers.
        var field: String?
        var ok: Bool
        var error: String?
        /// Things with a time that were read.
        var found: Int
    }

    private struct Entry: Encodable {
        var file: String
        var format: String
        var expected: String
        var further: [String]
    }

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let repository = tests.deletingLastPathComponent()

    /// The environment made from exactly the requirements of this checkout; nil if there is none.
    static let python: String? = {
        let environment = ProcessInfo.processInfo.environment
        let caches = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "") + "/.cache"
        let folder = (environment["CUELINE_CACHE"] ?? caches + "/cueline") + "/readers"
        let requirements = tests.appending(path: "Readers/requirements.txt").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let name = names.first {
            FileManager.default.contentsEqual(atPath: "\(folder)/\($0)/.installed", andPath: requirements)
        }
        return name.map { "\(folder)/\($0)/bin/python" }
    }()

    let folder: URL
    private var entries: [Entry] = []

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "exports-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Keeps what the exports of one source have to hold; returns the file's name.
    func keep(_ facts: some Encodable, as name: String) throws -> String {
        let file = name + ".expected.json"
        try JSONEncoder().encode(facts).write(to: folder.appending(path: file))
        return file
    }

    /// Keeps an export: of an edit decision list, a text for each track.
    func keep(_ contents: [[UInt8]], as name: String, format: String, expected: String) throws {
        let files = contents.indices.map { $0 == 0 ? name : "\($0).\(name)" }
        for (file, bytes) in zip(files, contents) { try Data(bytes).write(to: folder.appending(path: file)) }
        entries.append(Entry(file: name, format: format, expected: expected, further: Array(files.dropFirst())))
    }

    /// Has all exports read.
    ///
    /// - Parameter selfTest: for each field that a format carries, with one time of it moved in what is expected: ok is
    ///   what is seen then.
    func read(selfTest: Bool = false) async throws -> [Report] {
        try JSONEncoder().encode(entries).write(to: folder.appending(path: "manifest.json"))
        let output = folder.appending(path: "report.json")
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(filePath: Self.python ?? "")
        process.arguments =
            ["-B", Self.tests.appending(path: "Readers/read_exports.py").path] + (selfTest ? ["--self-test"] : [])
            + [folder.path]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        // Waiting must not hold a thread that other tests need.
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
        guard status == 0 else { throw Failure(status: status) }
        return try JSONDecoder().decode([Report].self, from: Data(contentsOf: output))
    }

    /// The readers did not get to the end; their standard error, among the test's, says why.
    struct Failure: Error {
        var status: Int32
    }
}

extension [ForeignReaders.Report] {
    /// How many things with a time all files of a format hold.
    func found(_ format: String) -> Int { filter { $0.format == format }.reduce(0) { $0 + $1.found } }

    /// The first files of each format that were not read as they had to be.
    var differences: String {
        Dictionary(grouping: filter { !$0.ok }, by: \.format).sorted { $0.key < $1.key }.map { format, reports in
            "\(format): \(reports.count) of \(count { $0.format == format })\n"
                + reports.prefix(3).map { "  \($0.file): \($0.error ?? "")\n" }.joined()
        }.joined()
    }
}
