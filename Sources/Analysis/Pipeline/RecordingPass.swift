import CMemory
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
    let keys: StageKeys
    let memory: AnalysisMemory

    /// What the pass found out.
    struct Result {
        /// What was known, and what the pass added.
        var stages: StageResults
        var clock: StageClock
        /// The transcript, where others work on its pieces.
        var plan: TranscriptPlan?
    }

    /// Hears a recording, from where an earlier pass was put down on.
    ///
    /// - Throws: `CancellationError`, `MediaError` or ``AnalysisError``.
    func run(_ audio: DecodedAudio, meter: ProgressMeter) async throws -> Result {
        var checkpoint: Checkpoint?
        if let folder = memory.checkpoint { checkpoint = try await Checkpoint.open(folder) }
        return try await withThrowingTaskGroup(of: Transcripts.Done.self) { [checkpoint] group in
            var pass = try Pass(self, format: audio.format, meter: meter, checkpoint: checkpoint)
            if try await !pass.resume() {
                pass = try Pass(self, format: audio.format, meter: meter, checkpoint: checkpoint)
            }
            // Decoding cannot begin in the middle: places in compressed files are not exact.
            var known = pass.sampleCount
            for try await block in audio {
                try Task.checkCancellation()
                if known >= block.count {
                    known -= block.count
                    pass.skip()
                } else {
                    try await pass.hear(known > 0 ? Array(block[known...]) : block, in: &group)
                    known = 0
                }
            }
            return try await pass.finish(audio, in: &group)
        }
    }

    /// What a state is of.
    private func subject(_ format: AudioFormat) -> String {
        let stages = needed.sorted { $0.rawValue < $1.rawValue }.map { "\($0.rawValue)=\(keys.keys[$0] ?? "")" }
        let form = "\(format.sampleRateHz) \(format.channelCount) \(format.channelLayout ?? "")"
        return ([Self.version, form] + stages).joined(separator: "\n")
    }

    /// Raised when states are no longer what they were.
    private static let version = "pass.1"
    /// Seconds from one state to the next where no pieces are transcribed.
    private static let checkpointSeconds = SpeechPlan.pieceLength

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
        private var scene: SceneAnalyzer?
        private var rhythm: RhythmTracker?
        private var detector: SileroVoiceDetector?
        private var speakers: SpeakerListener?
        private var pieces = SpeechPieces()
        private var transcripts: Transcripts?
        private let checkpoint: Checkpoint?
        /// What stages let go of.
        private let found: FoundLists
        /// Samples of all channels that were heard.
        private(set) var sampleCount = 0
        /// Seconds at which the state is put down next, where no pieces are transcribed.
        private var nextCheckpoint = checkpointSeconds
        /// Seconds at which it is looked again what can be offered to others.
        private var nextOffer = offerSeconds
        private static let offerSeconds = 60.0
        // Reused from block to block.
        private var mono: [Float] = []
        private var resampled: [Float] = []

        init(_ pass: RecordingPass, format: AudioFormat, meter: ProgressMeter, checkpoint: Checkpoint?) throws {
            self.pass = pass
            self.format = format
            self.checkpoint = checkpoint
            found = checkpoint?.found ?? FoundLists.temporary(in: pass.memory.temporaryFolder)
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
            try listenToSpeech()
        }

        /// Seconds of the recording that were heard.
        private var heard: Double {
            Double(sampleCount / max(1, format.channelCount)) / Double(format.sampleRateHz)
        }

        private mutating func listenToSpeech() throws {
            guard let engine = pass.engine else { return }
            let transcribes = pass.needed.contains(.transcript)
            if pass.needed.contains(.speakers) { speakers = engine.makeSpeakerListener(usesThread: pass.jobs > 1) }
            if transcribes || pass.needed.contains(.voice) {
                detector = try engine.makeVoiceDetector()
            } else if let voice = pass.known.voice {
                speakers?.append(voice: voice.probabilities)
            }
            guard transcribes else { return }
            transcripts = Transcripts(
                transcriber: engine.transcriber, jobs: pass.jobs, language: pass.language.fixed,
                vocabulary: pass.parameters.vocabulary, keys: PieceKeys(family: pass.keys.pieceFamily),
                store: pass.memory.pieces, offers: pass.memory.offersPieces)
        }

        // MARK: - Going on

        /// Takes up what an earlier pass put down.
        ///
        /// - Returns: false where that could not be done; then this one is of no use.
        mutating func resume() async throws -> Bool {
            guard let checkpoint, var reader = checkpoint.load(subject: pass.subject(format)) else { return true }
            do {
                sampleCount = try reader.value()
                nextCheckpoint = try reader.value()
                for stage in streams { try stage.restore(from: &reader) }
                if transcripts != nil {
                    try pieces.restore(from: &reader)
                    try await transcripts?.restore(from: &reader)
                }
                guard reader.isAtEnd else { throw StateReader.Mismatch() }
            } catch is StateReader.Mismatch {
                checkpoint.found.forget()
                return false
            }
            progress.resume(at: heard)
            return true
        }

        /// Passes over sound that an earlier pass heard.
        mutating func skip() { progress.resume(at: heard) }

        /// Puts the state down, and lets go of what was found so far.
        private mutating func putDown() {
            guard let checkpoint else {
                var writer = StateWriter(sink: nil)
                save(to: &writer)
                return found.append(writer.growth)
            }
            let start = ContinuousClock.now
            checkpoint.save(subject: pass.subject(format)) { save(to: &$0) }
            clock.add(ContinuousClock.now - start, to: "checkpoint")
        }

        private func save(to writer: inout StateWriter) {
            writer.write(sampleCount)
            writer.write(nextCheckpoint)
            for stage in streams { stage.save(to: &writer) }
            if let transcripts {
                pieces.save(to: &writer)
                transcripts.save(to: &writer)
            }
        }

        /// All that has a state, in the order in which it is kept.
        private var streams: [any Resumable] {
            let all: [(any Resumable)?] = [
                downmixer, loudness, speechResampler, musicResampler, scene, rhythm, detector, speakers,
            ]
            return all.compactMap { $0 }
        }

        // MARK: - Hearing

        /// Takes a block of interleaved samples.
        mutating func hear(
            _ block: [Float], in group: inout ThrowingTaskGroup<Transcripts.Done, any Error>
        ) async throws {
            sampleCount += block.count
            if let loudness { clock.measure("loudness") { loudness.process(block) } }
            mono.removeAll(keepingCapacity: true)
            let downmixer = downmixer
            clock.measure("decode") { downmixer.process(block, into: &mono) }
            try hearMono()
            progress.hear(to: heard)
            if transcripts != nil {
                if pass.memory.offersPieces, heard >= nextOffer, let detector {
                    nextOffer = heard + Self.offerSeconds
                    let chunks = pieces.settledChunks(detector)
                    let pieces = pieces
                    try await transcripts?.offerEarly(chunks) { pieces.part($0) }
                }
                while let detector, let piece = pieces.nextPiece(detector) {
                    try await transcribe(piece, in: &group)
                    putDown()
                    // The next piece begins as the first one did.
                    pass.engine?.transcriber.rest()
                    cmemory_give_small_blocks_back()
                }
            } else if heard >= nextCheckpoint {
                nextCheckpoint += checkpointSeconds
                putDown()
            }
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
                if transcripts != nil { pieces.append(samples) }
            }
        }

        private mutating func transcribe(
            _ piece: SpeechPieces.Piece, isLast: Bool = false,
            in group: inout ThrowingTaskGroup<Transcripts.Done, any Error>
        ) async throws {
            let start = ContinuousClock.now
            try await transcripts?.hear(piece, isLast: isLast, in: &group, progress: &progress)
            clock.add(ContinuousClock.now - start, to: "transcript")
        }

        /// Flushes every stage and puts their outputs together.
        mutating func finish(
            _ audio: DecodedAudio, in group: inout ThrowingTaskGroup<Transcripts.Done, any Error>
        ) async throws -> Result {
            try flush()
            var stages = pass.known
            let duration = heard
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
                    try await transcribe(piece, isLast: true, in: &group)
                }
                let start = ContinuousClock.now
                try await transcripts?.finish(in: &group, progress: &progress)
                clock.add(ContinuousClock.now - start, to: "transcript")
            }
            var plan: TranscriptPlan?
            if let transcripts, transcripts.isUnfinished {
                plan = TranscriptPlan(
                    pieces: transcripts.pieces, language: transcripts.language,
                    languageConfidence: transcripts.languageConfidence, languageAssumed: pass.language.isAssumed)
                plan?.own = transcripts.own
            } else if let transcripts {
                stages.transcript = StageResults.Transcript(
                    words: transcripts.words, language: transcripts.language,
                    languageConfidence: transcripts.languageConfidence, languageAssumed: pass.language.isAssumed,
                    unintelligible: transcripts.unintelligible)
            }
            try Task.checkCancellation()
            let parameters = pass.parameters
            // What the transcript took is free for what was let go of; each stage goes before the next one gets its own back.
            pass.engine?.transcriber.rest()
            if let scene {
                self.scene = nil
                try scene.recall(found.list)
                let voice = parameters.includeSpeechMusic ? stages.voice : nil
                stages.scene = clock.measure("scene") {
                    scene.finish(voice: voice, minSilenceMs: parameters.minSilenceMs)
                }
            }
            if let speakers, let speech = stages.scene?.speech {
                self.speakers = nil
                try Task.checkCancellation()
                try speakers.recall(found.list)
                stages.speakers = try clock.measure("speakers") {
                    try speakers.finish().turns(speech: speech.map { $0.start..<max($0.start, $0.end) })
                }
            }
            if let rhythm {
                self.rhythm = nil
                try Task.checkCancellation()
                try rhythm.recall(found.list)
                let music = parameters.includeSpeechMusic ? stages.scene?.music : nil
                stages.rhythm = clock.measure("rhythm") { rhythm.finish(music: music) }
            }
            try Task.checkCancellation()
            try loudness?.recall(found.list)
            if let loudness { stages.loudness = clock.measure("loudness") { loudness.finish() } }
            return Result(stages: stages, clock: clock, plan: plan)
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
    }
}
