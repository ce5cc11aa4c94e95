import Foundation
import Media
import Testing

@Suite("Input that is refused", .enabled(if: MediaFixture.isPossible), .timeLimit(.minutes(3)))
struct RefusalTests {
    let fixture: MediaFixture

    init() throws {
        fixture = try MediaFixture()
    }

    private func refusal(_ path: String, location: SourceLocation = #_sourceLocation) async -> MediaError? {
        let probed = await #expect(throws: MediaError.self, sourceLocation: location) {
            try await MediaProbe().probe(path)
        }
        let decoded = await #expect(throws: MediaError.self, sourceLocation: location) { try await Decoded(path) }
        #expect(probed?.code == decoded?.code, sourceLocation: location)
        #expect(probed?.message.contains(fixture.folder.path) == false, sourceLocation: location)
        return probed
    }

    @Test("A missing file, a folder and a pipe are told apart")
    func kinds() async throws {
        let missing = await refusal(fixture.path("none.wav"))
        #expect(missing?.code == .noSuchFile)
        #expect(missing?.code.exitStatus == 66)
        #expect(missing?.code.wireCode == "audio.not_found")
        #expect(await refusal("")?.code == .noSuchFile)
        #expect(await refusal("a\0b")?.code == .noSuchFile)
        #expect(await refusal(fixture.folder.path)?.code == .isDirectory)
        #expect(mkfifo(fixture.path("pipe"), 0o600) == 0)
        #expect(await refusal(fixture.path("pipe"))?.code == .notRegularFile)
        #expect(await refusal("/dev/zero")?.code == .notRegularFile)
    }

    @Test("Empty files, text and random bytes are not media", arguments: ["x.wav", "x.mp3", "x.m4a", "x.txt", "x"])
    func notMedia(name: String) async throws {
        var state: UInt32 = 12345
        let random = (0..<100_000).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        let contents: [[UInt8]] = [[], Array("Nothing but words.\nIn lines.\n".utf8), random]
        for content in contents {
            let error = await refusal(try fixture.write(content, to: name))
            #expect(error?.code == .notMedia)
            #expect(error?.code.exitStatus == 65)
            #expect(error?.code.wireCode == "audio.unsupported_media")
        }
    }

    @Test("A video without sound and a picture have no audio")
    func noAudio() async throws {
        let video = try fixture.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc=s=64x64:r=25:d=1", "-c:v", "mpeg4"], to: "mute.mp4")
        #expect(await refusal(video)?.code == .noAudioStream)
        let picture = try fixture.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-frames:v", "1"], to: "p.png")
        #expect(await refusal(picture)?.code.exitStatus == 65)
    }

    @Test("A header without samples is not media", arguments: ["head.wav", "half.wav", "none.wav"])
    func headerOnly(name: String) async throws {
        let wave = TestSound.wave(TestSound.bursts(seconds: 1))
        let contents = ["head.wav": Array(wave.prefix(44)), "half.wav": Array(wave.prefix(20))]
        let path = try fixture.write(contents[name] ?? TestSound.wave([]), to: name)
        let error = await #expect(throws: MediaError.self) { try await Decoded(path) }
        #expect(error?.code == .notMedia)
    }

    @Test("Headers that lie about rate and channels are errors, not crashes")
    func lyingHeaders() async throws {
        let samples = [Int16](repeating: 0, count: 4800)
        for (channels, rate) in [(0, 48_000), (1, 0), (65, 48_000), (60_000, 48_000), (1, 4_000_000_000)] {
            let wave = TestSound.wave(samples, channelCount: channels, sampleRateHz: rate)
            let error = await refusal(try fixture.write(wave, to: "lie.wav"))
            #expect(error?.code.exitStatus == 65)
        }
    }

    /// Each would play `sound.wav`, had ffmpeg its way.
    @Test(
        "Playlists in disguise open no other file",
        arguments: [
            ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n%@\n#EXT-X-ENDLIST\n"),
            ("list.mp3", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n%@\n#EXT-X-ENDLIST\n"),
            ("list.wav", "ffconcat version 1.0\nfile sound.wav\n"),
            ("list.ffconcat", "ffconcat version 1.0\nfile sound.wav\n"),
            ("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n"),
        ])
    func playlists(name: String, text: String) async throws {
        let sound = try fixture.write(TestSound.wave(TestSound.bursts(seconds: 1)), to: "sound.wav")
        let path = try fixture.write(text.replacingOccurrences(of: "%@", with: sound).utf8, to: name)
        let error = await refusal(path)
        #expect(error?.code == .unsupported || error?.code == .notMedia)
    }

    @Test("A path is never an option, a protocol or a pattern")
    func strangeNames() async throws {
        let sound = TestSound.bursts(seconds: 0.2)
        let names = [
            "-i", "-version", "a:b.wav", "concat:x|y", "http:", "line\nbreak.wav", "quo\"te'; touch x;.wav", "%d.wav",
            "grüße 音.wav", "file:x.wav", "pipe:0", "*?.wav", String(repeating: "n", count: 251) + ".wav",
        ]
        for name in names {
            let path = try fixture.write(TestSound.wave(sound), to: name)
            #expect(try await Decoded(path).frameCount == sound.count, "\(name)")
        }
        try FileManager.default.createSymbolicLink(atPath: fixture.path("link"), withDestinationPath: "a:b.wav")
        #expect(try await Decoded(fixture.path("link")).frameCount == sound.count)
        let missing = await #expect(throws: MediaError.self) { try await Decoded("http://127.0.0.1:9/a.wav") }
        #expect(missing?.code == .noSuchFile)
    }

    @Test("Without ffmpeg the error says so")
    func noTools() async throws {
        let tools = MediaTools(environment: ["PATH": "/nonexistent"])
        #expect(!tools.areAvailable)
        let path = try fixture.write(TestSound.wave(TestSound.bursts(seconds: 0.2)), to: "s.wav")
        let error = await #expect(throws: MediaError.self) {
            try await Decoded(path, decoder: AudioDecoder(tools: tools))
        }
        #expect(error?.code == .toolMissing)
        #expect(error?.code.exitStatus == 69)
        #expect(error?.code.wireCode == "backend.unavailable")
        let statuses = try await tools.report()
        #expect(statuses.map(\.name) == ["ffmpeg", "ffprobe"])
        #expect(statuses.allSatisfy { !$0.available && $0.error != nil && $0.version == nil })
    }

    @Test("The report names both programs and their versions")
    func report() async throws {
        let statuses = try await MediaTools().report()
        #expect(statuses.allSatisfy { $0.available && $0.error == nil && $0.version?.isEmpty == false })
        let broken = MediaTools(environment: ["CUELINE_FFMPEG": "/nonexistent/x", "PATH": "/usr/bin:/bin"])
        #expect(broken.ffmpeg.path == nil)
        #expect(broken.ffmpeg.error == "CUELINE_FFMPEG does not name a program")
        let silent = try await MediaTools(environment: ["CUELINE_FFMPEG": "/bin/true", "PATH": ""]).report()
        #expect(silent.first?.available == false)
    }
}
