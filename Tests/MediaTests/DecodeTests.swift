import Foundation
import Media
import Testing

@Suite("Decoding", .enabled(if: MediaFixture.isPossible), .timeLimit(.minutes(3)))
struct DecodeTests {
    let fixture: MediaFixture

    init() throws {
        fixture = try MediaFixture()
    }

    @Test("Samples of a 16-bit WAV file come out exactly, in blocks of whole frames")
    func bitExact() async throws {
        let sound = TestSound.bursts(seconds: 2)
        let stereo = sound.indices.flatMap { [sound[$0], sound[sound.count - 1 - $0]] }
        let path = try fixture.write(TestSound.wave(stereo, channelCount: 2), to: "s.wav")
        let samples = try await AudioDecoder().withDecodedAudio(of: path) { audio in
            #expect(audio.format == AudioFormat(sampleRateHz: 48_000, channelCount: 2, channelLayout: "stereo"))
            var samples: [Float] = []
            for try await block in audio {
                #expect(!block.isEmpty && block.count.isMultiple(of: 2))
                samples += block
                #expect(audio.framesDecoded == samples.count / 2)
            }
            #expect(audio.isComplete)
            #expect(audio.warnings.isEmpty)
            return samples
        }
        #expect(samples == stereo.map { Float($0) / 32768 })
    }

    @Test(
        "Other sample formats keep their values",
        arguments: [("pcm_u8", 8), ("pcm_s24le", 16), ("pcm_s32le", 16), ("pcm_f32le", 16), ("pcm_f64le", 16)])
    func sampleFormats(codec: String, bits: Int) async throws {
        let sound = TestSound.bursts(seconds: 0.5)
        let source = try fixture.write(TestSound.wave(sound), to: "s.wav")
        let decoded = try await Decoded(fixture.ffmpeg(["-i", source, "-c:a", codec], to: "other.wav"))
        let step = bits == 8 ? Float(1) / 128 : 0
        #expect(decoded.samples.count == sound.count)
        #expect(zip(decoded.samples, sound).allSatisfy { abs($0 - Float($1) / 32768) <= step })
    }

    @Test(
        "Rate, channels and layout are those of the file",
        arguments: [
            (8000, "mono", 1), (8000, "stereo", 2), (44_100, "quad", 4), (48_000, "5.1", 6), (96_000, "7.1", 8),
            (192_000, "stereo", 2),
        ])
    func forms(rate: Int, layout: String, channels: Int) async throws {
        let path = try fixture.ffmpeg(
            ["-f", "lavfi", "-i", "sine=f=200:d=0.3:r=\(rate),aformat=channel_layouts=\(layout)"], to: "form.wav")
        let decoded = try await Decoded(path)
        #expect(decoded.format == AudioFormat(sampleRateHz: rate, channelCount: channels, channelLayout: layout))
        #expect(decoded.frameCount == rate * 3 / 10)
    }

    @Test("More channels than have names are read")
    func manyChannels() async throws {
        let path = try fixture.write(
            TestSound.wave([Int16](repeating: 1000, count: 12 * 4800), channelCount: 12), to: "12.wav")
        let decoded = try await Decoded(path)
        #expect(decoded.format.channelCount == 12)
        #expect(decoded.samples == [Float](repeating: 1000.0 / 32768, count: 12 * 4800))
    }

    @Test("The second audio stream can be chosen, a third that is not there is an error")
    func secondStream() async throws {
        let path = try fixture.ffmpeg(
            [
                "-f", "lavfi", "-i", "sine=d=1:r=8000", "-f", "lavfi", "-i", "sine=d=2:r=16000", "-map", "0", "-map",
                "1", "-c:a", "flac",
            ], to: "two.mkv")
        #expect(try await Decoded(path, stream: 0).format.sampleRateHz == 8000)
        let second = try await Decoded(path, stream: 1)
        #expect(second.format.sampleRateHz == 16_000)
        #expect(second.frameCount == 32_000)
        let error = await #expect(throws: MediaError.self) { try await Decoded(path, stream: 2) }
        #expect(error?.code == .noAudioStream)
        #expect(await #expect(throws: MediaError.self) { try await Decoded(path, stream: -1) } != nil)
    }

    @Test("Samples that are no numbers come out as silence")
    func notFinite() async throws {
        let source = try fixture.write(TestSound.wave(TestSound.bursts(seconds: 0.1)), to: "s.wav")
        try fixture.ffmpeg(["-i", source, "-c:a", "pcm_f32le"], to: "f.wav")
        var bytes = Array(try fixture.bytes(of: "f.wav"))
        let strange: [Float] = [.nan, .infinity, -.infinity, 1e30]
        bytes.replaceSubrange(
            bytes.count - 16..<bytes.count, with: strange.flatMap { withUnsafeBytes(of: $0.bitPattern, Array.init) })
        let decoded = try await Decoded(fixture.write(bytes, to: "f.wav"))
        #expect(decoded.samples.allSatisfy { $0.isFinite })
        #expect(decoded.samples.suffix(4) == [0, 0, 0, 0])
    }

    @Test("A stream that changes its form in the middle comes out in one form, and in time")
    func changingForm() async throws {
        try fixture.ffmpeg(["-f", "lavfi", "-i", "sine=d=1:r=48000", "-c:a", "mp2", "-ac", "2"], to: "1.mp2")
        try fixture.ffmpeg(["-f", "lavfi", "-i", "sine=d=1:r=44100", "-c:a", "mp2", "-ac", "1"], to: "2.mp2")
        try fixture.write(fixture.bytes(of: "1.mp2") + fixture.bytes(of: "2.mp2"), to: "both.mp2")
        let decoded = try await Decoded(fixture.path("both.mp2"))
        #expect([48_000, 44_100].contains(decoded.format.sampleRateHz))
        #expect(decoded.samples.count.isMultiple(of: decoded.format.channelCount))
        #expect(abs(decoded.seconds - 2) < 0.1)
    }

    @Test("Recordings beyond the limit are an error")
    func tooLong() async throws {
        let path = try fixture.write(TestSound.wave(TestSound.bursts(seconds: 2)), to: "s.wav")
        var limits = MediaLimits()
        limits.maximumSeconds = 1
        let decoder = AudioDecoder(limits: limits)
        let error = await #expect(throws: MediaError.self) { try await Decoded(path, decoder: decoder) }
        #expect(error?.code == .limitExceeded)
    }

    @Test("The samples can be read only once")
    func onePass() async throws {
        let path = try fixture.write(TestSound.wave(TestSound.bursts(seconds: 1)), to: "s.wav")
        await #expect(throws: MediaError.self) {
            try await AudioDecoder().withDecodedAudio(of: path) { audio in
                var first = audio.makeAsyncIterator()
                _ = try await first.next()
                var second = audio.makeAsyncIterator()
                _ = try await second.next()
            }
        }
    }

    @Test("The probe tells what the file holds")
    func probe() async throws {
        let path = try fixture.ffmpeg(
            [
                "-f", "lavfi", "-i", "testsrc=s=64x64:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2:r=48000", "-c:v",
                "mpeg4", "-c:a", "aac", "-ac", "2",
            ], to: "v.mp4")
        let info = try await MediaProbe().probe(path)
        #expect(info.containerFormat.contains("mp4"))
        #expect(info.hasVideo)
        #expect(info.audioStreamCount == 1)
        #expect(info.audio.codecName == "aac")
        #expect(info.audio.sampleRateHz == 48_000)
        #expect(info.audio.channelCount == 2)
        #expect(info.audio.channelLayout == "stereo")
        #expect(info.audio.index == 1 && info.audio.ordinal == 0)
        #expect(abs((info.durationSeconds ?? 0) - 2) < 0.1)
        #expect(info.fileSizeBytes == Int64(try fixture.bytes(of: "v.mp4").count))
    }
}
