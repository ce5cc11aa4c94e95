import Foundation
import Media
import Testing

@Suite("Decoded clocks", .enabled(if: MediaFixture.isPossible), .timeLimit(.minutes(3)))
struct ClockTests {
    static let sound = TestSound.bursts(seconds: 6)
    /// 5 ms in frames: the contract's tolerance.
    static let tolerance = TestSound.rate / 200
    static let picture = ["-f", "lavfi", "-i", "testsrc=s=64x64:r=25:d=6"]

    let fixture: MediaFixture

    init() throws {
        fixture = try MediaFixture()
        try fixture.write(TestSound.wave(Self.sound), to: "sound.wav")
    }

    private func expectLag(
        _ expected: Double, in decoded: Decoded, at starts: [Double] = [0.5, 4.2],
        location: SourceLocation = #_sourceLocation
    ) throws {
        let rate = TestSound.rate
        #expect(decoded.format.sampleRateHz == rate, sourceLocation: location)
        let signal = decoded.channel(0)
        for start in starts {
            let lag = try #require(
                TestSound.lag(
                    of: signal, reference: Self.sound, start: Int(start * Double(rate)),
                    around: Int(expected * Double(rate))),
                sourceLocation: location)
            #expect(abs(lag - Int(expected * Double(rate))) <= Self.tolerance, sourceLocation: location)
        }
    }

    @Test(
        "The sound lies where it lies in the WAV file, and ends there",
        arguments: [
            ("a.flac", ["-c:a", "flac"]),
            ("cbr.mp3", ["-c:a", "libmp3lame", "-b:a", "128k"]),
            ("vbr.mp3", ["-c:a", "libmp3lame", "-q:a", "4"]),
            ("a.m4a", ["-c:a", "aac"]),
            ("alac.m4a", ["-c:a", "alac"]),
            ("a.ogg", ["-c:a", "libvorbis"]),
            ("a.opus", ["-c:a", "libopus"]),
            ("a.webm", ["-c:a", "libopus"]),
            ("a.mkv", ["-c:a", "flac"]),
            ("a.avi", ["-c:a", "pcm_s16le"]),
            ("a.aiff", ["-c:a", "pcm_s16be"]),
        ])
    func clock(name: String, codec: [String]) async throws {
        let path = try fixture.ffmpeg(["-i", fixture.path("sound.wav")] + codec, to: name)
        let decoded = try await Decoded(path)
        try expectLag(0, in: decoded)
        #expect(abs(decoded.seconds - 6) <= 0.005)
        #expect(decoded.warnings.isEmpty)
    }

    @Test("Sound of a video lies where it lies in the WAV file")
    func video() async throws {
        let path = try fixture.ffmpeg(
            Self.picture + ["-i", fixture.path("sound.wav"), "-c:v", "mpeg4", "-c:a", "aac"], to: "a.mp4")
        let decoded = try await Decoded(path)
        try expectLag(0, in: decoded)
        #expect(abs(decoded.seconds - 6) <= 0.005)
    }

    /// An encoder's priming is not written down in these, so nobody can take it off: 1024 samples of AAC stay.
    @Test("Where a format cannot state the priming, it stays in front", arguments: ["a.aac", "a.ts"])
    func unknownPriming(name: String) async throws {
        let path = try fixture.ffmpeg(["-i", fixture.path("sound.wav"), "-c:a", "aac"], to: name)
        try expectLag(1024 / 48_000, in: try await Decoded(path))
    }

    @Test(
        "Sound that begins half a second late is preceded by silence",
        arguments: [
            ("late.mp4", ["-c:v", "mpeg4", "-c:a", "aac"], true),
            ("late.mkv", ["-c:v", "mpeg4", "-c:a", "libvorbis"], true),
            ("late.ts", ["-c:v", "mpeg2video", "-c:a", "aac"], true),
            ("only.m4a", ["-c:a", "aac"], false),
            ("only.mkv", ["-c:a", "flac"], false),
        ])
    func lateStart(name: String, codec: [String], hasPicture: Bool) async throws {
        let path = try fixture.ffmpeg(
            (hasPicture ? Self.picture : []) + ["-itsoffset", "0.5", "-i", fixture.path("sound.wav")] + codec,
            to: name)
        let decoded = try await Decoded(path)
        try expectLag(0.5, in: decoded)
        #expect(decoded.channel(0).prefix(TestSound.rate * 4 / 10).allSatisfy { $0 == 0 })
        #expect(abs(decoded.seconds - 6.5) <= 0.025)
    }

    @Test("A gap in the middle of a stream is filled, so that what follows keeps its time")
    func gap() async throws {
        let path = try fixture.ffmpeg(
            ["-i", fixture.path("sound.wav"), "-af", "asetpts='if(gt(T,3),PTS+1/TB,PTS)'", "-c:a", "flac"],
            to: "gap.mkv")
        let decoded = try await Decoded(path)
        try expectLag(0, in: decoded, at: [0.5])
        try expectLag(1, in: decoded, at: [4.2])
        #expect(abs(decoded.seconds - 7) <= 0.005)
    }

    @Test("Lost packets of a transport stream do not move what follows")
    func lostPackets() async throws {
        try fixture.ffmpeg(["-i", fixture.path("sound.wav"), "-c:a", "mp2"], to: "whole.ts")
        let whole = Array(try fixture.bytes(of: "whole.ts"))
        let packets = whole.count / 188
        let lost = packets * 40 / 100..<packets * 45 / 100
        let rest = (0..<packets).filter { !lost.contains($0) }.flatMap { whole[$0 * 188..<($0 + 1) * 188] }
        try fixture.write(rest, to: "lost.ts")
        let before = try await Decoded(fixture.path("whole.ts"))
        let after = try await Decoded(fixture.path("lost.ts"))
        let start = Int(4.2 * Double(TestSound.rate))
        let expected = try #require(TestSound.lag(of: before.channel(0), reference: Self.sound, start: start))
        let lag = try #require(TestSound.lag(of: after.channel(0), reference: Self.sound, start: start))
        #expect(abs(lag - expected) <= Self.tolerance)
    }

    @Test("A transport stream whose clock leaps by hours keeps all its sound")
    func leap() async throws {
        let source = fixture.path("sound.wav")
        try fixture.ffmpeg(["-t", "3", "-i", source, "-c:a", "mp2", "-output_ts_offset", "50000"], to: "1.ts")
        try fixture.ffmpeg(["-ss", "3", "-i", source, "-c:a", "mp2"], to: "2.ts")
        try fixture.write(fixture.bytes(of: "1.ts") + fixture.bytes(of: "2.ts"), to: "leap.ts")
        let decoded = try await Decoded(fixture.path("leap.ts"))
        #expect(abs(decoded.seconds - 6) < 0.2)
    }
}
