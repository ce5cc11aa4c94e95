import Foundation
import Media
import Testing

@Suite("The child process", .enabled(if: MediaFixture.isPossible), .timeLimit(.minutes(3)))
struct ChildProcessTests {
    let fixture: MediaFixture
    let sound: String

    init() throws {
        fixture = try MediaFixture()
        // Far more than the pipe holds, so that ffmpeg is still writing after the first blocks.
        sound = try fixture.write(
            TestSound.wave([Int16](repeating: 100, count: 8_000_000), channelCount: 2), to: "sound.wav")
    }

    /// Decodes until the first block came, tells so, and then waits to be cancelled.
    private func cancelled(
        _ decoder: AudioDecoder, waiting: @escaping @Sendable (DecodedAudio) async throws -> Void
    ) async {
        let (started, signal) = AsyncStream<Void>.makeStream()
        let path = sound
        let task = Task {
            try await decoder.withDecodedAudio(of: path) { audio in
                #expect(!fixture.processes().isEmpty || !FileManager.default.fileExists(atPath: "/proc/self"))
                signal.finish()
                try await waiting(audio)
            }
        }
        for await _ in started {}
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(await fixture.processesLeft().isEmpty)
    }

    @Test("Cancelling while the reader rests kills it and throws")
    func cancelResting() async throws {
        await cancelled(AudioDecoder()) { _ in
            for await _ in AsyncStream<Void>.makeStream().stream {}
        }
    }

    @Test("Cancelling while the reader waits for samples kills it and throws")
    func cancelWaiting() async throws {
        let tools = try fixture.tools(ffmpegScript: #""$FFMPEG" "$@" | head -c 100000; sleep 1000"#)
        await cancelled(AudioDecoder(tools: tools)) { audio in
            for try await _ in audio {}
        }
    }

    @Test("A child that ignores the request to stop is killed")
    func stubborn() async throws {
        let tools = try fixture.tools(
            ffmpegScript: #"trap '' TERM PIPE; "$FFMPEG" "$@" | head -c 100000; while :; do sleep 1000; done"#)
        await cancelled(AudioDecoder(tools: tools)) { audio in
            for try await _ in audio {}
        }
    }

    @Test("Leaving early stops it and gives the result")
    func earlyExit() async throws {
        let first = try await AudioDecoder().withDecodedAudio(of: sound) { audio in
            for try await block in audio { return block[0] }
            return -1
        }
        #expect(first == Float(100) / 32768)
        #expect(fixture.processes().isEmpty)
        let untouched = try await AudioDecoder().withDecodedAudio(of: sound) { $0.format.channelCount }
        #expect(untouched == 2)
        #expect(fixture.processes().isEmpty)
    }

    @Test("An error of the reader stops it and comes out")
    func readerFails() async throws {
        struct Failure: Error {}
        await #expect(throws: Failure.self) {
            try await AudioDecoder().withDecodedAudio(of: sound) { _ in throw Failure() }
        }
        #expect(fixture.processes().isEmpty)
    }

    @Test("A child that falls silent is given up")
    func stall() async throws {
        var limits = MediaLimits()
        limits.stallTimeout = .milliseconds(300)
        for script in ["exec sleep 1000", #""$FFMPEG" "$@" | head -c 100000; sleep 1000"#] {
            let decoder = AudioDecoder(tools: try fixture.tools(ffmpegScript: script), limits: limits)
            let error = await #expect(throws: MediaError.self) { try await Decoded(sound, decoder: decoder) }
            #expect(error?.code == .timedOut)
            #expect(await fixture.processesLeft().isEmpty)
        }
    }

    @Test("A reader that takes its time is not a stall")
    func slowReader() async throws {
        var limits = MediaLimits()
        // Long enough for a machine that has much else to do.
        limits.stallTimeout = .seconds(8)
        let silent = AudioDecoder(tools: try fixture.tools(ffmpegScript: "exec sleep 1000"), limits: limits)
        limits.stallTimeout = .seconds(6)
        let frames = try await AudioDecoder(limits: limits).withDecodedAudio(of: sound) { audio in
            var isFirst = true
            for try await _ in audio {
                guard isFirst else { continue }
                isFirst = false
                // Takes longer than the timeout, for it ends by it.
                let error = await #expect(throws: MediaError.self) { try await Decoded(sound, decoder: silent) }
                #expect(error?.code == .timedOut)
            }
            return audio.framesDecoded
        }
        #expect(frames == 4_000_000)
    }

    @Test("A probe that never answers is given up")
    func probeTimeout() async throws {
        var limits = MediaLimits()
        limits.probeTimeout = .milliseconds(300)
        let script = try fixture.tools(ffmpegScript: "exec sleep 1000").ffmpeg.path ?? ""
        let tools = MediaTools(environment: ["CUELINE_FFPROBE": script])
        let error = await #expect(throws: MediaError.self) {
            try await MediaProbe(tools: tools, limits: limits).probe(sound)
        }
        #expect(error?.code == .timedOut)
        #expect(fixture.processes().isEmpty)
    }

    @Test("A probe that talks without end is refused")
    func probeFlood() async throws {
        let script = try fixture.tools(ffmpegScript: "exec yes").ffmpeg.path ?? ""
        let tools = MediaTools(environment: ["CUELINE_FFPROBE": script])
        let error = await #expect(throws: MediaError.self) { try await MediaProbe(tools: tools).probe(sound) }
        #expect(error?.code == .limitExceeded)
    }

    @Test("Much said on standard error is cut, and harms nothing")
    func loudErrors() async throws {
        let tools = try fixture.tools(
            ffmpegScript: #"""
                echo first >&2; yes words | head -c 3000000 >&2
                "$FFMPEG" "$@"; s=$?; echo last >&2; exit $s
                """#)
        let text = try await AudioDecoder(tools: tools).withDecodedAudio(of: sound) { audio in
            for try await _ in audio {}
            #expect(audio.framesDecoded == 4_000_000)
            return audio.diagnostics
        }
        #expect(text.hasPrefix("first\nwords\n"))
        #expect(text.hasSuffix("words\nlast\n"))
        #expect(text.utf8.count < 70_000)
    }

    @Test("A crash is an error even when samples came before it")
    func crash() async throws {
        let tools = try fixture.tools(ffmpegScript: #""$FFMPEG" "$@" | head -c 1000000; kill -SEGV $$"#)
        let error = await #expect(throws: MediaError.self) {
            try await Decoded(sound, decoder: AudioDecoder(tools: tools))
        }
        #expect(error?.code == .decodeFailed)
    }

    @Test("Many decodes at once do not disturb each other")
    func concurrent() async throws {
        let samples = TestSound.bursts(seconds: 1)
        let path = try fixture.write(TestSound.wave(samples), to: "short.wav")
        try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<8 {
                group.addTask { try await Decoded(path).samples }
            }
            for try await decoded in group {
                #expect(decoded == samples.map { Float($0) / 32768 })
            }
        }
    }
}
