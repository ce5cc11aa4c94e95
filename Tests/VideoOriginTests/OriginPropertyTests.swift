import SemanticTimeline
import TestSupport
import Testing
import TimelineModel
import VideoOrigin

/// What holds for every sequence over every timeline.
@Suite("Origin: promises", .timeLimit(.minutes(5)))
struct OriginPropertyTests {
    /// A sequence over four assets, and a request, from a seed.
    private static func request(_ seed: UInt64) -> ShotListRequest {
        var random = SplitMix64(seed: seed)
        let tracks = (0..<Int.random(in: 1...3, using: &random)).map { track in
            AudioSequence.Track(
                id: "t\(track)", order: Int.random(in: 0...2, using: &random),
                clips: (0..<Int.random(in: 0...12, using: &random)).map { clip in
                    let duration =
                        Double(Int.random(in: 1...8_000, using: &random)) / [1, 2, 3].randomElement(using: &random)!
                    let offset =
                        [0, 0.25, 1].randomElement(using: &random)!
                        * Double.random(in: 0...(60_000 - duration), using: &random)
                    return AudioSequence.Clip(
                        id: "c\(clip)", assetID: "asset\(Int.random(in: 0..<4, using: &random))",
                        startMs: Double(Int.random(in: 0...40, using: &random)) * 500, durationMs: duration,
                        sourceOffsetMs: offset)
                })
        }
        var request = ShotListRequest(sequence: AudioSequence(id: "seq", tracks: tracks))
        request.alignment = [.window, .window, .firstSpeech, .none].randomElement(using: &random)!
        request.snapsToBeats = Bool.random(using: &random)
        request.maxShiftMs = [nil, 0, 100, 2_500].randomElement(using: &random)!
        request.beatToleranceMs = [0, 50, 120, 900].randomElement(using: &random)!
        request.frameRate = [nil, .pal25, .ntsc2997, .film23976].randomElement(using: &random)!
        return request
    }

    private static func library() async throws -> OriginHarness {
        let harness = try OriginHarness()
        for number in 0..<4 {
            var random = SplitMix64(seed: UInt64(number))
            var speech: [Range<Int>] = []
            var position = 0
            while number > 0, position < 55_000 {
                let start = position + Int.random(in: 0...4_000, using: &random)
                let end = start + Int.random(in: 1...3_000, using: &random)
                speech.append(start..<end)
                position = end
            }
            let beats =
                number == 1 ? [] : Array(stride(from: Int.random(in: 0..<400, using: &random), to: 60_000, by: 487))
            try await harness.addAsset(
                "asset\(number)", durationMs: 60_000, speech: speech, beats: beats, analysed: number < 3)
        }
        return harness
    }

    @Test("Shots stay inside of their asset, keep their duration, move no further than allowed, and come in order")
    func promises() async throws {
        let harness = try await Self.library()
        var reasons: Set<String> = []
        for seed in UInt64(0)..<300 {
            let request = Self.request(seed)
            let list = try await harness.origin.shotList(request, in: harness.scope)
            let clips = Dictionary(
                uniqueKeysWithValues: request.sequence.tracks.flatMap { track in
                    track.clips.map { (track.id + "/" + $0.id, $0) }
                })
            #expect(list.result.shots.count <= clips.count)
            for shot in list.result.shots {
                let clip = try #require(clips[(shot.meta["track"]?.text ?? "") + "/" + (shot.clip ?? "")])
                reasons.insert(shot.reason ?? "")
                let slack = 0.001
                #expect(shot.sourceStartMs >= 0 && shot.sourceEndMs <= 60_000 + slack, "seed \(seed)")
                #expect(abs(shot.sourceEndMs - shot.sourceStartMs - shot.targetDurationMs) < slack, "seed \(seed)")
                // A frame is 42 ms at most; both ends may move by half of it.
                let half = request.frameRate.map { 500 / $0.framesPerSecond } ?? 0
                #expect(abs(shot.targetDurationMs - clip.durationMs) <= 2 * half + slack, "seed \(seed)")
                #expect(abs(shot.targetStartMs - clip.startMs) <= half + slack, "seed \(seed)")
                if let cap = request.maxShiftMs, request.alignment == .window {
                    #expect(abs(shot.offsetMs ?? .infinity) <= cap, "seed \(seed)")
                }
                if request.alignment == .none || shot.reason == "no_semantics" { #expect(shot.offsetMs == 0) }
                // Sound that is moved as the meta says shows what the picture shows.
                let audio = shot.meta["audio_source_offset_ms"]?.double ?? .nan
                let soundAtTarget = clip.sourceOffsetMs + audio + (shot.targetStartMs - clip.startMs)
                #expect(abs(soundAtTarget - shot.sourceStartMs) < slack, "seed \(seed)")
            }
            let starts = list.result.shots.map(\.targetStartMs)
            #expect(starts == starts.sorted(), "seed \(seed)")
            #expect(try await harness.origin.shotList(request, in: harness.scope).json == list.json)
        }
        #expect(reasons.isSuperset(of: AlignmentReason.allCases.map(\.rawValue)))
    }

    @Test("A clip that goes on where the one before ended shows every frame of the source once")
    func continuous() async throws {
        let harness = try await Self.library()
        let list = try await harness.shots([
            .of("asset3", at: 0, from: 490, for: 1_010, id: "1"),
            .of("asset3", at: 1_010, from: 1_500, for: 1_010, id: "2"),
            .of("asset3", at: 2_020, from: 2_510, for: 990, id: "3"),
        ]) { ($0.alignment, $0.frameRate) = (.none, .pal25) }
        let sources = list.result.shots.compactMap { shot -> Range<Int>? in
            guard let start = shot.meta["source_start_frame"]?.double, let count = shot.meta["duration_frames"]?.double
            else { return nil }
            return Int(start)..<Int(start + count)
        }
        #expect(sources == [12..<37, 37..<63, 63..<87])
    }

    @Test("At the end of a recording a shot starts at most a frame early, and ends with it")
    func endOfRecording() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 70_000, analysed: false)
        for rate in [FrameRate.ntsc2997, .pal25, .film23976] {
            for step in 0..<40 {
                let start = 68_000 + Double(step) * 1.7
                let target = 70_000 + Double(step) * 3.1
                let shot = try await harness.shots([.of("a", at: target, from: start, for: 70_000 - start)]) {
                    $0.frameRate = rate
                }.result.shots[0]
                #expect(abs(shot.sourceStartMs - start) < 1000 / rate.framesPerSecond + 0.001)
                #expect(shot.sourceEndMs <= 70_000.001)
                #expect(abs(shot.targetDurationMs - (70_000 - start)) < 2000 / rate.framesPerSecond)
            }
        }
    }

    @Test("A longer window never loses a shot's onset, and moving a clip on the sequence never moves its source")
    func relations() async throws {
        let harness = try await Self.library()
        for seed in UInt64(0)..<60 {
            var random = SplitMix64(seed: seed)
            let offset = Double(Int.random(in: 1...40_000, using: &random))
            let start = Double(Int.random(in: 0...100_000, using: &random))
            func shot(for duration: Double, at target: Double) async throws -> VideoShot {
                try await harness.shots([.of("asset2", at: target, from: offset, for: duration)]).result.shots[0]
            }
            let short = try await shot(for: 3_000, at: 0)
            let long = try await shot(for: 6_000, at: 0)
            let moved = try await shot(for: 3_000, at: start)
            #expect(moved.sourceStartMs == short.sourceStartMs)
            if short.reason == "speech_onset" { #expect(long.sourceStartMs == short.sourceStartMs) }
        }
    }

    @Test(
        "Adjacent clips stay adjacent on frames, whatever the rate",
        arguments: ["24000/1001", "25", "30000/1001", "60"])
    func adjacent(rate: String) async throws {
        let harness = try await Self.library()
        var random = SplitMix64(seed: 7)
        var position = 0.0
        let clips = (0..<80).map { number in
            let duration = Double.random(in: 60...900, using: &random)
            defer { position += duration }
            return AudioSequence.Clip.of("asset2", at: position, from: position, for: duration, id: "c\(number)")
        }.filter { $0.sourceOffsetMs + $0.durationMs < 60_000 }
        let frameRate = try #require(FrameRate(rate))
        let list = try await harness.shots(clips) { $0.frameRate = frameRate }
        func frames(_ name: String) throws -> [Int] {
            try list.result.shots.map { Int(try #require($0.meta[name]?.double)) }
        }
        let (starts, counts, sources) = (
            try frames("target_start_frame"), try frames("duration_frames"), try frames("source_start_frame")
        )
        #expect(starts.count == clips.count)
        for number in starts.indices.dropLast() { #expect(starts[number] + counts[number] == starts[number + 1]) }
        // The frames are those of the milliseconds, which came from them.
        for (number, shot) in list.result.shots.enumerated() {
            #expect(frameRate.frame(atMs: shot.sourceStartMs) == sources[number])
            #expect(frameRate.frame(atMs: shot.sourceEndMs) == sources[number] + counts[number])
        }
    }
}
