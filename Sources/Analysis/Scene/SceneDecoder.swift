import TimelineModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Turns what the network, the voice model and the levels say for each moment into layers.
///
/// Speech and music are two independent two-state Viterbi paths; what neither claims is divided into silence and other
/// sound by level against the recording's own floor, with the network's judgement. All work is on frames of 10 ms.
package struct SceneDecoder {
    /// Constants, chosen on development programmes (`Training/scene`).
    package struct Options: Sendable {
        /// Weights of the network's and the voice model's log-odds for speech, and what is added, with both.
        package var networkWeight: Float = 0.8
        package var voiceWeight: Float = 0.4
        package var fusedBias: Float = 1
        /// The voice model's probability counts as this at least: it misses voices in music and noise.
        package var voiceFloor: Float = 0.02
        /// The same without a voice model.
        package var soloBias: Float = 0
        package var speechPenalty: Float = 8
        package var musicBias: Float = 1.75
        package var musicPenalty: Float = 80
        /// What is added for music under speech, and the longest pause of music that is filled there, frames.
        package var bedBias: Float = -2.2
        package var bedGap = 300
        package var quietWeight: Float = 0.5
        package var quietPenalty: Float = 15
        /// The same for pauses that divide speech; they may be this many frames shorter before edges are refined.
        package var hushPenalty: Float = 15
        package var hushSlack = 5
        /// Pauses in speech over music: decibels below the louder parts of the speech, the cost of a change, and how far
        /// from the speech's ends they are, frames.
        package var bedDepth: Float = 12
        package var bedPenalty: Float = 10
        package var bedInset = 30
        /// The same whatever the level, where the evidence for speech is less than this: under loud music no level tells.
        package var doubt: Float = 0.7
        /// The network's log-odds of speech from which there is no such pause.
        package var bedVoice: Float = 1
        /// How long such a pause is at the beginning or the end of speech to be no speech, frames. Longer ones are more
        /// likely a voice that is half heard.
        package var doubtfulEnd = 30...120
        /// Where the voice model may begin to hear a voice for what leads in to be another sound, frames from the
        /// beginning, and the mean evidence for speech that the lead-in has at most.
        package var leadIn = 25..<60
        package var leadInEvidence: Float = 1.2
        /// Speech and music shorter than this are dropped, frames.
        package var shortestSpeech = 15
        package var shortestMusic = 80
        package var shortestOther = 8
        /// The same where it touches another layer: more likely an edge that was missed.
        package var shortestOtherBeside = 25
        /// Pauses of music shorter than this are filled, frames.
        package var musicGap = 100

        package init() {}
    }

    /// dBFS of the frames that are heard.
    let levels: [Float]
    /// `[steps][outputs]`, from the first frame's step on.
    let logits: [Float]
    /// From the first frame's hop on.
    let voice: [Float]?
    /// Number of the first frame in the recording, a multiple of 16.
    let first: Int
    /// Level below which the recording is silent, dBFS.
    let threshold: Float
    /// Seconds.
    let minSilence: Double
    var options: Options

    static let frameSeconds = 0.01

    /// The network's step that a frame of the recording lies in; steps are centred on 40 k + 10 ms.
    static func step(of frame: Int) -> Int { (2 * frame + 3) / 8 }

    /// The voice model's hop that a frame of the recording lies in.
    static func hop(of frame: Int) -> Int {
        (frame * SceneAnalyzer.levelHop + SceneAnalyzer.levelHop / 2) / VoiceActivity.hop
    }

    /// Platt scaling (Platt 1999) of a mean probability, so that of the frames of events with a confidence of .8 eight of ten are
    /// right. Fitted on the development programmes and on those of held-out groups (`Training/scene`).
    struct Trust {
        var slope: Double
        var offset: Double

        func confidence(_ probability: Double) -> Double {
            let bounded = min(max(probability, 1e-4), 1 - 1e-4)
            return 1 / (1 + exp(-(slope * log(bounded / (1 - bounded)) + offset)))
        }
    }

    static let trust = (
        speech: Trust(slope: 1.86, offset: 0.4), music: Trust(slope: 1, offset: -0.73),
        silence: Trust(slope: 0.93, offset: -0.8), other: Trust(slope: 0.77, offset: -0.38)
    )

    /// What the layers claim of some frames of the recording; those around are heard.
    func runs(in part: Range<Int>) -> Runs {
        let count = levels.count
        guard count > 0, logits.count >= SceneNetwork.outputs else { return Runs() }
        let quiet = quietEvidence()
        let pause = max(1, Int(min(minSilence, 3600) / Self.frameSeconds))
        let mute = QuietRule.mute(levels: levels, run: max(pause, 20))

        let speechEvidence = self.speechEvidence()
        var speech = FrameRuns.runs(BinaryPath.decode(speechEvidence, penalty: options.speechPenalty))
        speech = FrameRuns.joined(speech, gap: 12)
        let shortestPause = max(20, pause - options.hushSlack)
        speech = speech.flatMap { divided($0, evidence: speechEvidence, shortestPause: shortestPause) }
        let hush = FrameRuns.long(BinaryPath.decode(quiet, penalty: options.hushPenalty), shortest: shortestPause)
        speech = speech.flatMap { FrameRuns.without(hush, in: $0) }.filter { $0.count >= options.shortestSpeech }
        speech = speech.map { withoutLeadIn($0, evidence: speechEvidence) }
        let edges = SpeechEdges(levels: levels, music: (0..<count).map { logit(1, at: $0) })
        speech = FrameRuns.united(edges.refined(speech))
        speech = FrameRuns.joined(speech, gap: pause)

        var musicEvidence = (0..<count).map { logit(1, at: $0) + options.musicBias }
        for index in speech.joined() { musicEvidence[index] += options.bedBias }
        for index in 0..<count where mute[index] { musicEvidence[index] = -8 }
        var music = FrameRuns.runs(BinaryPath.decode(musicEvidence, penalty: options.musicPenalty))
        var isSpoken = [Bool](repeating: false, count: count)
        for index in speech.joined() { isSpoken[index] = true }
        music = FrameRuns.joined(music, gap: options.bedGap) { isSpoken[$0] }
        music = FrameRuns.joined(music, gap: options.musicGap).filter { $0.count >= options.shortestMusic }
        music = music.flatMap { FrameRuns.without(mute, in: $0) }

        var isTaken = [Bool](repeating: false, count: count)
        for run in speech + music { for index in run { isTaken[index] = true } }
        let isQuiet = BinaryPath.decode(quiet, penalty: options.quietPenalty)
        let silence = FrameRuns.runs((0..<count).map { isQuiet[$0] && !isTaken[$0] }).filter { $0.count >= pause }
        for run in silence { for index in run { isTaken[index] = true } }
        music = music.map { run in
            // What is left before a silence is how the music dies away.
            let rest = run.upperBound..<min(count, run.upperBound + options.shortestOtherBeside)
            guard let end = rest.first(where: { isTaken[$0] }), isQuiet[end], !isSpoken[end] else { return run }
            for index in run.upperBound..<end { isTaken[index] = true }
            return run.lowerBound..<end
        }
        var other = FrameRuns.runs((0..<count).map { !isQuiet[$0] && !isTaken[$0] })
        // Pauses too short to be silence do not divide a row of sounds.
        other = FrameRuns.joined(other, gap: pause) { !isTaken[$0] }.filter { run in
            let isBeside =
                (run.lowerBound > 0 && isTaken[run.lowerBound - 1])
                || (run.upperBound < count && isTaken[run.upperBound])
            return run.count >= (isBeside ? options.shortestOtherBeside : options.shortestOther)
        }

        return Runs(
            speech: claims(speech, in: part) { speechEvidence[$0] * 0.5 },
            music: claims(music, in: part) { musicEvidence[$0] },
            silence: claims(silence, in: part) { quiet[$0] },
            other: claims(other, in: part) { logit(2, at: $0) })
    }

    /// The network's output at a frame.
    func logit(_ output: Int, at frame: Int) -> Float {
        let step = min(Self.step(of: frame), logits.count / SceneNetwork.outputs - 1)
        return logits[step * SceneNetwork.outputs + output]
    }

    private func speechEvidence() -> [Float] {
        levels.indices.map { frame in
            let hop = Self.hop(of: frame)
            guard let voice, hop < voice.count, voice[hop].isFinite else {
                return logit(0, at: frame) + options.soloBias
            }
            let probability = min(max(voice[hop], options.voiceFloor), 0.997)
            return options.networkWeight * logit(0, at: frame)
                + options.voiceWeight * logf(probability / (1 - probability)) + options.fusedBias
        }
    }

    /// Log-odds that nothing but the floor is heard.
    private func quietEvidence() -> [Float] {
        levels.indices.map { frame in
            max(-5, min(5, (threshold - levels[frame]) / 4)) + options.quietWeight * logit(3, at: frame)
        }
    }

    /// The parts of runs that lie in some frames of the recording, with their probabilities by evidence.
    private func claims(_ runs: [Range<Int>], in part: Range<Int>, evidence: (Int) -> Float) -> [Run] {
        let wanted = (part.lowerBound - first)..<(part.upperBound - first)
        return runs.compactMap { run in
            let run = run.clamped(to: wanted)
            guard !run.isEmpty else { return nil }
            var sum = 0.0
            for index in run { sum += Double(1 / (1 + expf(-evidence(index)))) }
            return Run(frames: (run.lowerBound + first)..<(run.upperBound + first), probability: sum)
        }
    }
}
