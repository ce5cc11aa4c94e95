import Foundation
import TestServers
import Testing
import TimelineModel

/// What a stranger may send: the command line says what is wrong with it by its exit status, or makes of it what can be made.
@Suite(
    "Hostile media", .serialized,
    .enabled(if: Installed.ffmpeg && FileManager.default.fileExists(atPath: "/proc/self"), "needs ffmpeg"),
    .timeLimit(.minutes(15)))
struct HostileMediaTests {
    /// Processor time that one file may take, with all the processes that it takes: seconds.
    private let mostCPU = 2.0

    /// Analyses a file in every way that its bytes are read: the stub, so that no model's loading is counted.
    private func analyze(_ path: String, _ options: [String] = ["--no-speech-music", "--no-beats"]) async throws
        -> MeasuredRun
    {
        try await MeasuredRun.cueline(["analyze", path] + options)
    }

    private func write(_ bytes: [UInt8], _ name: String, in folder: String) throws -> String {
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    @Test("Playlists, scripts and containers that point elsewhere lead nowhere: no canary, no connection")
    func references() async throws {
        try await withTemporaryFolder { folder in
            let canary = folder + "/canary.wav"
            try await ffmpeg(["-f", "lavfi", "-i", "sine=f=997:d=1", canary])
            let listener = try SilentListener()
            try FileManager.default.createDirectory(atPath: folder + "/in", withIntermediateDirectories: true)
            let files = HostileMedia(canary: canary, port: listener.port).references
            try await inPairs(files) { name, bytes in
                let path = try write(bytes, "in/" + name, in: folder)
                let run = try await analyze(path)
                #expect(run.status == 65, "\(name): \(run.error)")
                #expect(run.cpuSeconds < mostCPU, "\(name): \(run.cpuSeconds) s")
                #expect(run.output.isEmpty, "\(name)")
            }
            #expect(listener.connections() == 0)
            // The canary sings where it is asked for.
            #expect(try await analyze(canary).status == 0)
        }
    }

    @Test("Headers that lie and files of anything else are named for what they are")
    func lies() async throws {
        try await withTemporaryFolder { folder in
            try await inPairs(HostileMedia.lies) { name, bytes in
                let run = try await analyze(try write(bytes, name, in: folder))
                #expect([0, 1, 65].contains(run.status), "\(name): \(run.status) \(run.error)")
                if run.status == 0 {
                    let summary = try run.summary()
                    // A thousand frames of 1 Hz are a thousand seconds: a second of processor time hears a hundred of them.
                    let most = mostCPU + Double(summary.durationMs) / 100_000
                    #expect(run.cpuSeconds < most, "\(name): \(run.cpuSeconds) s")
                    #expect(summary.violations == [], "\(name)")
                    #expect(summary.durationMs <= 5_000_000, "\(name): \(summary.durationMs)")
                } else {
                    #expect(run.cpuSeconds < mostCPU, "\(name): \(run.cpuSeconds) s")
                    #expect(run.output.isEmpty && run.error.hasPrefix("cueline: "), "\(name): \(run.error)")
                }
            }
        }
    }

    @Test("A hundred hours in less than a megabyte are refused, whether the header says so or says a second")
    func bombs() async throws {
        try await withTemporaryFolder { folder in
            for told in [100 * 3600 * 8000, 8000] {
                let bytes = HostileMedia.hundredHours(told: told)
                #expect(bytes.count < 1 << 20)
                let run = try await analyze(try write(bytes, "bomb.flac", in: folder), [])
                #expect(run.status == 1 && run.error.contains("longer than"), "\(told): \(run.status) \(run.error)")
                #expect(run.cpuSeconds < mostCPU, "\(told): \(run.cpuSeconds) s")
            }
            // Said to be nothing it passes for a stream, of which no more is heard than its bytes may hold.
            let stream = try await analyze(try write(HostileMedia.hundredHours(told: 0), "bomb.flac", in: folder))
            #expect(stream.status == 1 && stream.error.contains("longer than"))
            // Eight channels of 768 kHz are no bomb.
            let wide = try await analyze(
                try write(
                    HostileMedia.wave(channels: 8, rate: 768_000, bits: 16, [UInt8](repeating: 1, count: 1_228_800)),
                    "wide.wav", in: folder), [])
            #expect(wide.status == 0, "\(wide.error)")
            #expect(try wide.summary().durationMs == 100)
        }
    }

    /// Made by ffmpeg of two seconds of sound.
    static let formats = ["wav", "flac", "mp3", "m4a", "ogg", "opus", "webm", "aiff", "mkv", "ts"]

    private func sound(_ format: String, in folder: String) async throws -> [UInt8] {
        let path = "\(folder)/sound.\(format)"
        try await ffmpeg(["-f", "lavfi", "-i", "sine=f=440:r=48000:d=2", "-ac", "2", path])
        return [UInt8](try Data(contentsOf: URL(filePath: path)))
    }

    @Test(
        "Cut at every one of a hundred places: a shorter timeline, which says so where that can be known, or a refusal",
        arguments: formats)
    func truncated(format: String) async throws {
        try await withTemporaryFolder { folder in
            let whole = try await sound(format, in: folder)
            let told = Tally()
            // The formats that are met most at every hundredth, the others at every fifth of them.
            let step = ["wav", "flac", "mp3", "m4a"].contains(format) ? 1 : 5
            try await inPairs(Array(stride(from: 0, to: 100, by: step))) { percent in
                let bytes = Array(whole.prefix(whole.count * percent / 100))
                let run = try await analyze(try write(bytes, "cut\(percent).\(format)", in: folder))
                #expect(run.cpuSeconds < mostCPU, "\(percent) %: \(run.cpuSeconds) s")
                guard run.status == 0 else {
                    #expect(run.status == 65 && run.output.isEmpty, "\(percent) %: \(run.status) \(run.error)")
                    told.add()
                    return
                }
                let summary = try run.summary()
                #expect(summary.violations == [], "\(percent) %")
                #expect(summary.durationMs <= 2100, "\(percent) %: \(summary.durationMs)")
                if summary.meta.warnings.contains("truncated") { told.add() }
            }
            // Where the header declares the length, every cut can be told that is longer than clocks are coarse: a twentieth of it.
            if ["wav", "flac", "aiff"].contains(format) { #expect(told.count * 100 >= 92 * (100 / step)) }
        }
    }

    @Test("With bits flipped anywhere: a timeline that keeps the promises, or a refusal", arguments: formats)
    func flipped(format: String) async throws {
        try await withTemporaryFolder { folder in
            let whole = try await sound(format, in: folder)
            var random = SplitMix(state: 7)
            let cases = (0..<40).map { _ in (0..<(1 + Int(random.next() % 8))).map { _ in Int(random.next() >> 1) } }
            try await inPairs(Array(cases.enumerated())) { index, places in
                var bytes = whole
                // Half of them in the headers.
                let reach = index % 2 == 0 ? min(bytes.count, 512) : bytes.count
                for place in places { bytes[place % reach] ^= 1 << UInt8(place >> 40 & 7) }
                let run = try await analyze(try write(bytes, "flip\(index).\(format)", in: folder))
                #expect(run.cpuSeconds < mostCPU, "\(index): \(run.cpuSeconds) s")
                guard run.status == 0 else {
                    #expect([1, 65].contains(run.status) && run.output.isEmpty, "\(index): \(run.status) \(run.error)")
                    return
                }
                #expect(try run.summary().violations == [], "\(index)")
            }
        }
    }

    @Test("Pipes, devices, sockets and folders are named, not waited for; strange names are names")
    func places() async throws {
        try await withTemporaryFolder { folder in
            #expect(mkfifo(folder + "/fifo.wav", 0o600) == 0)
            for path in ["/dev/zero", "/dev/random", "/dev/null", "/proc/self/mem", folder, folder + "/fifo.wav"] {
                let run = try await analyze(path)
                #expect([65, 66].contains(run.status), "\(path): \(run.status) \(run.error)")
                #expect(run.cpuSeconds < mostCPU)
            }
            let sound = try await sound("wav", in: folder)
            for name in [
                "a\nb.wav", "quo\"te'.wav", "$(touch owned).wav", "`touch owned`.wav", "-version", "--help", "%s%n.wav",
                "concat:x", "pipe:1", "http:", "\u{1B}[31m.wav", String(repeating: "n", count: 251) + ".wav",
                "\u{202E}vaw.wav",
            ] {
                let path = try write(sound, name, in: folder)
                let run = try await analyze(path)
                #expect(run.status == 0, "\(name): \(run.error)")
                // What is shown on a terminal can do nothing to it.
                #expect(!run.error.contains("\u{1B}[31m"))
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/owned"))
            #expect(try await analyze(folder + "/" + String(repeating: "n", count: 256)).status == 66)
        }
    }

    @Test("Over HTTP every one of them is a 4xx, and the service goes on")
    func service() async throws {
        try await withTemporaryFolder { folder in
            let canary = folder + "/canary.wav"
            try await ffmpeg(["-f", "lavfi", "-i", "sine=f=997:d=1", canary])
            let listener = try SilentListener()
            let files =
                HostileMedia(canary: canary, port: listener.port).references + HostileMedia.lies
                + [("bomb.flac", HostileMedia.hundredHours(told: 8000))]
            let (_, status) = try await CuelineServer.run(library: folder + "/library") { server in
                for (index, (name, bytes)) in files.enumerated() where index % 3 == 0 || index >= files.count - 40 {
                    let path = try write(bytes, "sent", in: folder)
                    let upload = try await server.upload(path, id: "a\(index)")
                    #expect(upload.status == 201, "\(name): \(upload.text)")
                    let answer = try await server.post(
                        "/audio/semantic-timeline/analyze",
                        #"{"asset_id": "a\#(index)", "include_speech_music": false, "include_beats": false}"#)
                    #expect((400..<500).contains(answer.status) || answer.status == 200, "\(name): \(answer.text)")
                    #expect(!answer.text.contains(folder), "\(name): \(answer.text)")
                    if answer.status != 200 { #expect(answer["error", "code"]?.text != nil, "\(name)") }
                }
                #expect(try await server.curl("/health").status == 200)
            }
            #expect(status == 0)
            #expect(listener.connections() == 0)
        }
    }

    /// Two at a time, for two processors.
    private func inPairs<Case: Sendable>(_ cases: [Case], _ body: @escaping @Sendable (Case) async throws -> Void)
        async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, one) in cases.enumerated() {
                if index >= 2 { try await group.next() }
                group.addTask { try await body(one) }
            }
            try await group.waitForAll()
        }
    }
}
