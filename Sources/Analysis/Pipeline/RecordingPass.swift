import Media
import Signal
import TimelineModel

/// One pass over a recording: every block of samples goes to every stage once, and nothing holds the whole.
struct RecordingPass {
    let parameters: AnalysisParameters
    /// Hears speech; nil where it is not asked for or not there.
    let engine: SpeechEngine?
    let jobs: Int
    /// ISO 639-1, or nil to let the model tell.
    let language: String?

    /// What the pass found out.
    struct Result {
        var stages: StageOutputs
        var loudness: LoudnessMeasurement
        var tempoBPM: Double?
        var meter: Int?
        var languageConfidence: Double?
        /// Seconds at which a passage was left out because the decoder repeated itself.
        var unintelligible: [Double] = []
        var warnings: [String]
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
        private let loudness: LoudnessMeter
        private let downmixer: Downmixer
        private let speechResampler: Resampler
        private let musicResampler: Resampler?
        private let scene = SceneAnalyzer()
        private let rhythm: RhythmTracker?
        private var detector: SileroVoiceDetector?
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
            let hearsBeats = pass.parameters.includeBeats
            guard
                let loudness = LoudnessMeter(
                    sampleRate: rate, channelCount: format.channelCount, layout: format.channelLayout),
                let downmixer = Downmixer(channelCount: format.channelCount, sampleRate: rate),
                let speechResampler = Resampler(inputRate: rate, outputRate: SceneAnalyzer.sampleRateHz)
            else { throw AnalysisError(.analyzeFailed, "the sample rate or the channels cannot be analysed") }
            self.loudness = loudness
            self.downmixer = downmixer
            self.speechResampler = speechResampler
            musicResampler = hearsBeats ? Resampler(inputRate: rate, outputRate: RhythmTracker.sampleRateHz) : nil
            rhythm = hearsBeats ? RhythmTracker() : nil
        }

        mutating func begin() throws {
            guard let engine = pass.engine else { return }
            detector = try engine.makeVoiceDetector()
            transcripts = Transcripts(transcriber: engine.transcriber, jobs: pass.jobs, language: pass.language)
        }

        /// Takes a block of interleaved samples.
        mutating func hear(
            _ block: [Float], in group: inout ThrowingTaskGroup<Transcripts.Done, any Error>
        ) async throws {
            frames += block.count / max(1, format.channelCount)
            clock.measure("loudness") { loudness.process(block) }
            mono.removeAll(keepingCapacity: true)
            clock.measure("decode") { downmixer.process(block, into: &mono) }
            try hearMono()
            progress.hear(to: Double(frames) / Double(format.sampleRateHz))
            while let piece = pieces.nextPiece() { try await transcribe(piece, in: &group) }
        }

        private mutating func hearMono() throws {
            resampled.removeAll(keepingCapacity: true)
            clock.measure("decode") { speechResampler.process(mono, into: &resampled) }
            try hearSpeechRate()
            if let musicResampler, let rhythm {
                resampled.removeAll(keepingCapacity: true)
                clock.measure("decode") { musicResampler.process(mono, into: &resampled) }
                clock.measure("rhythm") { resampled.withUnsafeBufferPointer { rhythm.append($0) } }
            }
        }

        private mutating func hearSpeechRate() throws {
            try resampled.withUnsafeBufferPointer { samples in
                clock.measure("scene") { scene.append(samples) }
                guard let detector else { return }
                let probabilities = try clock.measure("voice") { try detector.append(samples) }
                pieces.append(samples, probabilities: probabilities)
            }
        }

        private mutating func transcribe(
            _ piece: SpeechPieces.Piece, in group: inout ThrowingTaskGroup<Transcripts.Done, any Error>
        ) async throws {
            let start = ContinuousClock.now
            for chunk in piece.chunks {
                try await transcripts?.add(chunk, samples: piece.samples(of: chunk), in: &group, progress: &progress)
            }
            if piece.chunks.isEmpty { progress.transcribe(to: piece.end) }
            clock.add(ContinuousClock.now - start, to: "transcript")
        }

        /// Flushes every stage and puts their outputs together.
        mutating func finish(
            _ audio: DecodedAudio, in group: inout ThrowingTaskGroup<Transcripts.Done, any Error>
        ) async throws -> Result {
            mono.removeAll(keepingCapacity: true)
            downmixer.finish(into: &mono)
            try hearMono()
            resampled.removeAll(keepingCapacity: true)
            speechResampler.finish(into: &resampled)
            try hearSpeechRate()
            if let musicResampler, let rhythm {
                resampled.removeAll(keepingCapacity: true)
                musicResampler.finish(into: &resampled)
                resampled.withUnsafeBufferPointer { rhythm.append($0) }
            }
            let duration = Double(frames) / Double(format.sampleRateHz)
            let voice = try detector.map { detector in try clock.measure("voice") { try detector.finish() } }
            if let voice {
                while let piece = pieces.lastPiece(activity: voice, duration: duration) {
                    try await transcribe(piece, in: &group)
                }
            }
            let start = ContinuousClock.now
            try await transcripts?.finish(in: &group, progress: &progress)
            clock.add(ContinuousClock.now - start, to: "transcript")
            try Task.checkCancellation()
            let layers = clock.measure("scene") {
                scene.finish(voice: voice, minSilenceMs: pass.parameters.minSilenceMs)
            }
            let hints = RhythmHints(bpm: pass.parameters.bpm, meter: pass.parameters.meter)
            let beats = clock.measure("rhythm") {
                rhythm?.finish(music: pass.parameters.includeSpeechMusic ? layers.music : nil, hints: hints)
            }
            try Task.checkCancellation()
            let level = clock.measure("loudness") { loudness.finish() }
            progress.finish()
            let stages = StageOutputs(
                duration: duration, speech: layers.speech, music: layers.music, silence: layers.silence,
                other: layers.other, words: transcripts?.words ?? [], language: transcripts?.language,
                beats: beats?.beats ?? [])
            return Result(
                stages: stages, loudness: level, tempoBPM: beats?.tempoBPM, meter: beats?.meter,
                languageConfidence: transcripts?.languageConfidence,
                unintelligible: transcripts?.unintelligible ?? [], warnings: audio.warnings.map(\.rawValue),
                clock: clock)
        }
    }
}
