import Foundation
import Fuzzing
import Subprocess
import SystemPackage
import Testing

/// The program `fuzz`, which the build puts beside the tests.
struct FuzzProgramTests {
    private struct Outcome {
        var status: TerminationStatus
        var output: String
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private static let program: String = {
        let test =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        var folder = URL(filePath: test).deletingLastPathComponent()
        // On macOS the test bundle lies deeper in the same folder.
        while folder.path != "/", !FileManager.default.isExecutableFile(atPath: folder.path + "/fuzz") {
            folder.deleteLastPathComponent()
        }
        return folder.path + "/fuzz"
    }()

    private func fuzz(_ arguments: [String]) async throws -> Outcome {
        let found = FileManager.default.temporaryDirectory.path + "/cueline-found-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: found) }
        let result = try await Subprocess.run(
            .path(FilePath(Self.program)),
            arguments: Arguments(arguments + ["--corpus", Self.root + "/Fuzz/corpus", "--found", found]),
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        return Outcome(status: result.terminationStatus, output: result.standardOutput)
    }

    @Test("Nothing in the corpus breaks anything", .timeLimit(.minutes(5)))
    func corpus() async throws {
        let outcome = try await fuzz(["--runs", "0", "--jobs", "2"])
        #expect(outcome.status == .exited(0), "\(outcome.output)")
    }

    @Test(
        "What breaks is found, whatever it does to the process", .timeLimit(.minutes(5)),
        arguments: [
            ("self-trap", "signal"), ("self-hang", "processor time"), ("self-memory", "signal"),
            ("self-promise", "no input holds a 3"),
        ])
    func findings(_ target: String, _ words: String) async throws {
        let outcome = try await fuzz([target, "--runs", "300", "--seed", "4", "--jobs", "1"])
        #expect(outcome.status == .exited(1))
        #expect(outcome.output.contains(words), "\(outcome.output)")
        #expect(outcome.output.contains("again: fuzz \(target) --input "))
    }
}
