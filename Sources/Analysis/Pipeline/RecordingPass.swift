import Media
import Signal
import TimelineModel

/// One pass over a recording: every block of samples goes once to every stage whose output is not known yet, and
/// nothing holds the whole.
struct RecordingPass {
    let parameters: AnalysisParameters
    /// The stages to run.
    let needed: Set<AnalysisStage>
    /// What is known already; a needed stage may build on it.
    let known: StageResults
    /// Hears speech; nil where neither `voice` nor `transcript` nor `speakers` is needed.
    let engine: SpeechEngine?
    let jobs: Int
    let language: SpokenLanguage

    /// What the pass found out.
    struct Result {
        /// What was known, and what the pass added.
        var stages: StageResults
        var clock: StageClock
    }

    /// Hears a recording.
    ///
    /// - Throws: `CancellationError`, `MediaError` or ``AnalysisError``.
    func run(_ audio: DecodedAudio, meter: ProgressMeter) async throws -> Result {
        try await withThrowingTaskGroup(of: Transcripts.Done.self) { group in
            var pass = try Pass(self, format: audio.format, meter: meter)
            try pass.begin()
            for try await block in audio {
                try Task.checkCancellation()
                try await pass.hear(block, in: &group)
            }
            return try await pass.finish(audio, in: &group)
        }
    }

    /// The state of a running pass.
    private struct Pass {
        private let pass: RecordingPass
        private let format: AudioFormat
        private var progress: ProgressMeter
        private var clock = StageClock()
        private let loudness: LoudnessMeter?
        private let downmixer: Downmixer
        private let speechResampler: Resampler?
        private let musicResampler: Resampler?
        private let scene: SceneAnalyzer?
        private let rhythm: RhythmTracker?
        private var detector: SileroVoiceDetector?
        private var speakers: SpeakerListener?
        private var pieces = SpeechPieces()
        private var transcripts: Transcripts?
        private var frames = 0
        // Reused from block to block.
        private var mono: [Float] = []
        private var resampled: [Float] = []

        init(_ pass: RecordingPass, format: AudioFormat, meter: ProgressMeter) throws {
            self.pass = pass
            self.format = format
            progress = meter
            let rate = format.sampleRateHz
            let needed = pass.needed
            guard
                let loudness = LoudnessMeter(
                    sampleRate: rate, channelCount: format.channelCount, layout: format.channelLayout),
                let downmixer = Downmixer(channelCount: format.channelCount, sampleRate: rate),
                let speechResampler = Resampler(inputRate: rate, outputRate: SceneAnalyzer.sampleRateHz)
            else { throw AnalysisError(.analyzeFailed, "the sample rate or the channels cannot be analysed") }
            self.loudness = needed.contains(.loudness) ? loudness : nil
            self.downmixer = downmixer
            let hearsSpeechRate = !needed.isDisjoint(with: [.scene, .voice, .speakers, .transcript])
            self.speechResampler = hearsSpeechRate ? speechResampler : nil
            scene = needed.contains(.scene) ? SceneAnalyzer() : nil
            let hearsBeats = needed.contains(.rhythm)
            musicResampler = hearsBeats ? Resampler(inputRate: rate, outputRate: RhythmTracker.sampleRateHz) : nil
            let hints = RhythmHints(bpm: pass.parameters.bpm, meter: pass.parameters.meter)
            rhythm = hearsBeats ? RhythmTracker(hints: hints) : nil
        }

        mutating func begin() throws {
            guard let engine = pass.engine else { return }
            let transcribes = pass.needed.contains(.transcript)
            if pass.needed.contains(.speakers) { speakers = engine.makeSpeakerListener() }
            if transcribes || pass.needed.contains(.voice) {
                detector = try engine.makeVoiceDetector()
            } else if let voice = pass.known.voice {
                speakers?.append(voice: voice.probabilities)
            }
            guard transcribes else { return }
            transcripts = Transcripts(
                transcriber: engine.transcriber, jobs: pass.jobs, language: pass.language.fixed,
                vocabulary: pass.parameters.vocabulary)
        }

        /// Takes a block of interleaved samples.
        mutating func hear(
            _ block: [Float], in group: inout ThrowingTaskGroup<Transcripts.Done, any Error>
        ) async throws {
            frames += block.count / max(1, format.channelCount)
            if let loudness { clock.measure("loudness") { loudness.process(block) } }
            mono.removeAll(keepingCapacity: true)
            clock.measure("decode") { downmixer.process(block, into: &mono) }
            try hearMono()
            progress.hear(to: Double(frames) / Double(format.sampleRateHz))
            while transcripts != nil, let piece = pieces.nextPiece() { try await transcribe(piece, in: &group) }
        }

        private mutating func hearMono() throws {
            if let speechResampler {
                resampled.removeAll(keepingCapacity: true)
                clock.measure("decode") { speechResampler.process(mono, into: &resampled) }
                try hearSpeechRate()
            }
            if let musicResampler, let rhythm {
                resampled.removeAll(keepingCapacity: true)
                clock.measure("decode") { musicResampler.process(mono, into: &resampled) }
                clock.measure("rhythm") { resampled.withUnsafeBufferPointer { rhythm.append($0) } }
            }
        }

        private mutating func hearSpeechRate() throws {
            try resampled.withUnsafeBufferPointer { samples in
                if let scene { clock.measure("scene") { scene.append(samples) } }
                if let speakers { clock.measure("speakers") { speakers.append(samples) } }
                guard let detector else { return }
                let probabilities = try clock.measure("voice") { try detector.append(samples) }
                if let speakers { clock.measure("speakers") { speakers.append(voice: probabilities) } }
                if transcripts != nil { pieces.append(samples, probabilities: probabilities) }
            }
        }

        private mutating func transcribe(
            _ piece: SpeechPieces.Piece, in group: inout ThrowingTaskGroup<Transcripts.Done, any Error>
        ) async throws {
            let start = ContinuousClock.now
            try await transcripts?.add(piece, in: &group, progress: &progress)
            if piece.chunks.isEmpty { progress.transcribe(to: piece.end) }
            clock.add(ContinuousClock.now - start, to: "transcript")
        }

        /// Flushes every stage and puts their outputs together.
        mutating func finish(
            _ audio: DecodedAudio, in group: inout ThrowingTaskGroup<Transcripts.Done, any Error>
        ) async throws -> Result {
            try flush()
            var stages = pass.known
            let duration = Double(frames) / Double(format.sampleRateHz)
            stages.decoded = StageResults.Decoded(
                duration: duration, warnings: audio.warnings.map(\.rawValue))
            if let detector {
                let heard = detector.count
                let voice = try clock.measure("voice") { try detector.finish() }
                stages.voice = voice
                if let speakers {
                    clock.measure("speakers") { speakers.append(voice: voice.probabilities[heard...]) }
                }
                while transcripts != nil, let piece = pieces.lastPiece(activity: voice, duration: duration) {
                    try await transcribe(piece, in: &group)
                }
            }
            if transcripts != nil { stages.transcript = try await finishTranscript(in: &group) }
            try Task.checkCancellation()
            if let scene {
                stages.scene = clock.measure("scene") {
                    scene.finish(
                        voice: pass.parameters.includeSpeechMusic ? stages.voice : nil,
                        minSilenceMs: pass.parameters.minSilenceMs)
                }
            }
            if let speakers, let speech = stages.scene?.speech {
                stages.speakers = clock.measure("speakers") {
                    speakers.finish().turns(speech: speech.map { $0.start..<max($0.start, $0.end) })
                }
            }
            if let rhythm {
                let music = pass.parameters.includeSpeechMusic ? stages.scene?.music : nil
                stages.rhythm = clock.measure("rhythm") { rhythm.finish(music: music) }
            }
            try Task.checkCancellation()
            if let loudness { stages.loudness = clock.measure("loudness") { loudness.finish() } }
            return Result(stages: stages, clock: clock)
        }

        /// Gives the last samples to every stage.
        private mutating func flush() throws {
            mono.removeAll(keepingCapacity: true)
            downmixer.finish(into: &mono)
            try hearMono()
            if let speechResampler {
                resampled.removeAll(keepingCapacity: true)
                speechResampler.finish(into: &resampled)
                try hearSpeechRate()
            }
            if let musicResampler, let rhythm {
                resampled.removeAll(keepingCapacity: true)
                musicResampler.finish(into: &resampled)
                resampled.withUnsafeBufferPointer { rhythm.append($0) }
            }
        }

        private mutating func finishTranscript(
            in group: inout ThrowingTaskGroup<Transcripts.Done, any Error>
        ) async throws -> StageResults.Transcript? {
            let start = ContinuousClock.now
            try await transcripts?.finish(in: &group, progress: &progress)
            clock.add(ContinuousClock.now - start, to: "transcript")
            return transcripts.map { transcripts in
                StageResults.Transcript(
                    words: transcripts.words, language: transcripts.language,
                    languageConfidence: transcripts.languageConfidence, languageAssumed: pass.language.isAssumed,
                    unintelligible: transcripts.unintelligible)
            }
        }
    }
}
