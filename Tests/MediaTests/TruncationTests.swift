import Foundation
import Media
import Testing

@Suite("Files that were cut short", .enabled(if: MediaFixture.isPossible), .timeLimit(.minutes(3)))
struct TruncationTests {
    let fixture: MediaFixture

    init() throws {
        fixture = try MediaFixture()
        try fixture.write(TestSound.wave(TestSound.bursts(seconds: 6)), to: "sound.wav")
    }

    @Test(
        "What is there is decoded, and the loss is noticed",
        arguments: [
            ("a.wav", ["-c:a", "pcm_s16le"]),
            ("a24.wav", ["-c:a", "pcm_s24le"]),
            ("rf64.wav", ["-rf64", "always"]),
            ("a.flac", ["-c:a", "flac"]),
            ("cbr.mp3", ["-c:a", "libmp3lame", "-b:a", "128k"]),
            ("vbr.mp3", ["-c:a", "libmp3lame", "-q:a", "4"]),
            ("a.m4a", ["-c:a", "aac", "-movflags", "+faststart"]),
            ("frag.mp4", ["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"]),
            ("a.mkv", ["-c:a", "libvorbis"]),
            ("a.webm", ["-c:a", "libopus"]),
            ("a.aiff", ["-c:a", "pcm_s16be"]),
        ])
    func truncated(name: String, codec: [String]) async throws {
        try fixture.ffmpeg(["-i", fixture.path("sound.wav")] + codec, to: name)
        let whole = try await Decoded(fixture.path(name))
        #expect(whole.warnings.isEmpty)
        let part = try await Decoded(fixture.cut(name, to: "cut-" + name, part: 0.6))
        #expect(part.warnings == [.truncated])
        #expect(part.seconds > 2 && part.seconds < 5)
        let same = min(part.samples.count, whole.samples.count) / 2
        #expect(part.samples.prefix(same) == whole.samples.prefix(same))
    }

    @Test("Lengths that are only estimated raise no alarm", arguments: ["a.aac", "plain.mp3", "a.mp2", "a.ac3"])
    func estimated(name: String) async throws {
        let codec = name == "plain.mp3" ? ["-write_xing", "0"] : []
        // Half loud, half silent: the bit rate of the beginning tells nothing of the rest.
        try fixture.ffmpeg(
            ["-i", fixture.path("sound.wav"), "-af", "volume=enable='gt(t,1)':volume=0"] + codec, to: name)
        #expect(try await Decoded(fixture.path(name)).warnings.isEmpty)
    }

    @Test("A WAV file that was written to a pipe has no declared length")
    func piped() async throws {
        var wave = TestSound.wave(TestSound.bursts(seconds: 1))
        for size: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [0x00, 0xF0, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0x7F]] {
            wave.replaceSubrange(40..<44, with: size)
            let decoded = try await Decoded(fixture.write(wave, to: "piped.wav"))
            #expect(decoded.warnings.isEmpty)
            #expect(decoded.frameCount == 48_000)
        }
    }

    @Test("An MP4 file whose index is lost is not media")
    func lostIndex() async throws {
        try fixture.ffmpeg(["-i", fixture.path("sound.wav"), "-c:a", "aac"], to: "a.m4a")
        let path = try fixture.cut("a.m4a", to: "cut.m4a", part: 0.6)
        let error = await #expect(throws: MediaError.self) { try await Decoded(path) }
        #expect(error?.code == .notMedia)
    }
}
