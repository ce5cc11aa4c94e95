import Foundation
import Subprocess
import SystemPackage
import Testing

/// What the launcher of ffmpeg takes away, asked with programs that would do harm.
@Suite(
    "Confinement", .enabled(if: Confined.isPossible, "needs a kernel with Landlock and seccomp"),
    .timeLimit(.minutes(2)))
struct ConfinementTests {
    private func confined(
        _ options: [String] = [], reading input: String? = nil, _ command: [String]
    ) async throws -> Confined.Ended {
        try await Confined.run(options + (input.map { ["--input", $0] } ?? []) + ["--"] + command)
    }

    @Test("The input can be read, and no other file of this user; nothing can be written, made or removed")
    func files() async throws {
        try await withTemporaryFolder { folder in
            let (input, canary) = (folder + "/input", folder + "/canary")
            for path in [input, canary] { try Data(path.utf8).write(to: URL(filePath: path)) }
            #expect(try await confined(reading: input, ["/bin/cat", input]).output == input)
            for path in [canary, "/etc/passwd", "/proc/self/environ"] {
                let read = try await confined(reading: input, ["/bin/cat", path])
                #expect(read.status != 0 && read.output.isEmpty, "\(path)")
            }
            for command in [
                "echo x > \(folder)/new", "echo x > \(canary)", "rm \(canary)", "mkdir \(folder)/d",
                "ln -s x \(folder)/l", "ls \(folder)",
            ] {
                let run = try await confined(reading: input, ["/bin/sh", "-c", command])
                #expect(run.status != 0 && run.output.isEmpty, "\(command): \(run)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["canary", "input"])
            #expect(try String(contentsOfFile: canary, encoding: .utf8) == canary)
            let more = try await confined(["--read", folder], reading: input, ["/bin/cat", canary])
            #expect(more.output == canary)
        }
    }

    @Test("A file that was put in the place of the input is refused, and so is one that is not there")
    func swapped() async throws {
        try await withTemporaryFolder { folder in
            let input = folder + "/input"
            try Data("a".utf8).write(to: URL(filePath: input))
            var status = stat()
            #expect(stat(input, &status) == 0)
            let inode = ["--inode", "\(status.st_dev):\(status.st_ino)"]
            #expect(try await confined(inode, reading: input, ["/bin/cat", input]).output == "a")
            try Data("b".utf8).write(to: URL(filePath: folder + "/other"))
            #expect(rename(folder + "/other", input) == 0)
            #expect(try await confined(inode, reading: input, ["/bin/cat", input]).status == 126)
            #expect(try await confined(reading: folder + "/none", ["/bin/true"]).status == 126)
        }
    }

    @Test(
        "No socket, no signal to others, no limit of others, no namespace, no session of its own",
        arguments: [
            "import socket; socket.socket()", "import socket; socket.socketpair()",
            "import os; os.kill(os.getppid(), 0)",
            "import os, resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (1, 1))",
            "import os; os.setsid()",
            "import ctypes, sys; sys.exit(0 if ctypes.CDLL(None).unshare(0x10000000) == 0 else 1)",
            "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)",
        ])
    func calls(code: String) async throws {
        let python = try #require(Confined.python)
        let run = try await confined(["--read", Confined.pythonFolder], [python, "-S", "-c", code])
        #expect(run.status != 0, "\(code): \(run)")
        let free = try await confined(
            ["--read", Confined.pythonFolder], [python, "-S", "-c", "import socket, os, resource, ctypes"])
        #expect(free.status == 0, "\(free)")
    }

    @Test("Processor time and memory have bounds; ffmpeg too is killed, and does not end as if all were well")
    func bounds() async throws {
        #expect(try await confined(["--cpu", "1"], ["/bin/sh", "-c", "while :; do :; done"]).status == -SIGXCPU)
        let ffmpeg = try #require(Installed.find("ffmpeg"))
        let endless = try await confined(
            ["--cpu", "1"], [ffmpeg, "-v", "error", "-f", "lavfi", "-i", "anoisesrc=r=192000", "-f", "null", "-"])
        #expect(endless.status == -SIGXCPU)
        let small = try await confined(["--memory", "\(64 << 20)"], [ffmpeg, "-version"])
        #expect(small.status != 0)
    }

    @Test("What is asked for wrongly is an error")
    func usage() async throws {
        for arguments in [
            [], ["--"], ["--", "cat"], ["--cpu", "x", "--", "/bin/true"], ["--strange", "--", "/bin/true"],
        ] {
            #expect(try await Confined.run(arguments).status == 64, "\(arguments)")
        }
        #expect(try await Confined.run(["--", "/none/such"]).status == 127)
    }

    @Test("Where it is required and not there, nothing is decoded")
    func required() async throws {
        let missing = try await MeasuredRun.cueline(
            ["analyze", Fixture.recording, "--no-speech-music", "--no-beats"],
            environment: ["CUELINE_CONFINE": "/nowhere/cueline-confine", "AUDIO_SEMANTIC_FALLBACK": "error"])
        // Named and not there is a mistake that is told by the doctor; the recording is decoded.
        #expect(missing.status == 0)
        let doctor = try await MeasuredRun.cueline(
            ["doctor"], environment: ["CUELINE_CONFINE": "/nowhere/cueline-confine"])
        #expect(doctor.status == 69 && doctor.output.contains("not confined"))
        let required = try await MeasuredRun.cueline(
            ["analyze", Fixture.recording, "--no-speech-music", "--no-beats"],
            environment: ["CUELINE_CONFINE": "require"])
        #expect(required.status == 0, "\(required.error)")
    }
}

/// The launcher.
enum Confined {
    struct Ended {
        /// Negative for a signal.
        var status: Int32
        var output: String
        var error: String
    }

    static let launcher = URL(filePath: CuelineProcess.program).deletingLastPathComponent()
        .appending(path: "cueline-confine").path
    static let python = Installed.find("python3").map { URL(filePath: $0).resolvingSymlinksInPath().path }
    /// Where an interpreter has its modules that lies outside of the system's folders.
    static let pythonFolder =
        python.map { URL(filePath: $0).deletingLastPathComponent().deletingLastPathComponent().path } ?? "/"

    static let isPossible: Bool = {
        #if os(Linux)
            guard let pipe = popen("'\(launcher)' --report", "r") else { return false }
            defer { pclose(pipe) }
            var line = [CChar](repeating: 0, count: 256)
            var text = ""
            while fgets(&line, 256, pipe) != nil {
                text += String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            return text.contains("files yes") && text.contains("calls yes")
        #else
            return false
        #endif
    }()

    static func run(_ arguments: [String]) async throws -> Ended {
        let result = try await Subprocess.run(
            .path(FilePath(launcher)), arguments: Arguments(arguments), input: .none, output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): Int32(code)
            case .signaled(let signal): -Int32(signal)
            }
        return Ended(status: status, output: result.standardOutput, error: result.standardError)
    }
}
