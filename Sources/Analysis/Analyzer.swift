import Files
public import Media
import Signal
import Synchronization
public import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Turns recordings into semantic timelines.
///
/// One analyser serves any number of recordings, at once too; models are loaded when they are first needed and kept.
public final class Analyzer: Sendable {
    /// The real backend's name on the wire.
    public static let backendVersion = "whisper_librosa_v2"
    /// Raised whenever the output of any stage may change.
    public static let semanticVersion = backendVersion + ".12"

    public let configuration: AnalysisConfiguration
    private let fixedTools: MediaTools?
    /// The variables of this process, copied once: that is most of the cost of looking for ffmpeg.
    private let environment = ProcessInfo.processInfo.environment
    private let limits: MediaLimits
    private let parts: SpeechParts
    /// Engines by the digests of their models.
    private let engines = Mutex<[String: SpeechEngine]>([:])
    /// What ffmpeg and ffprobe said of themselves, asked once for each place that they were found in.
    private let programs = Mutex<(tools: MediaTools, statuses: [MediaTools.Status])?>(nil)

    /// - Parameter tools: nil looks for ffmpeg whenever it is needed, so that one that is installed or removed while this
    ///   process runs is noticed.
    public init(
        configuration: AnalysisConfiguration, tools: MediaTools? = nil, limits: MediaLimits = MediaLimits()
    ) {
        self.configuration = configuration
        fixedTools = tools
        self.limits = limits
        parts = SpeechParts(configuration: configuration)
    }

    private var tools: MediaTools { fixedTools ?? MediaTools(environment: environment) }

    /// What a timeline needs, and whether it is there.
    ///
    /// - Throws: `CancellationError` only.
    public func dependencies(language: String? = nil) async throws -> DependencyReport {
        let tools = tools
        var statuses = programs.withLock { $0?.tools == tools ? $0?.statuses : nil }
        if statuses == nil {
            let fresh = try await tools.report()
            // One that did not answer is asked again: it may have been the machine that was busy.
            if fresh.allSatisfy(\.available) { programs.withLock { $0 = (tools, fresh) } }
            statuses = fresh
        }
        let catalog = ModelCatalog(configuration: configuration)
        let model = catalog.whisperModel(named: configuration.whisperModel, language: language)
        var report = DependencyReport(
            configuration: configuration, programs: statuses ?? [], model: model,
            voiceActivity: catalog.voiceActivityModel, speakers: catalog.speakerModel)
        let used = [("whisper", model), ("vad", catalog.voiceActivityModel), ("speakers", catalog.speakerModel)]
        for case (let name, let model?) in used {
            guard let fault = parts.fault(of: model) else { continue }
            report.dependencies[name]?.available = false
            report.dependencies[name]?.error = fault
        }
        return report
    }

    /// What a request will be heard with; starts no process and loads no model.
    ///
    /// - Throws: ``AnalysisError`` `validation` for parameters that mean nothing; `modelMissing` for a language that no
    ///   model knows; `backendUnavailable` where a part is missing and nothing may stand in.
    public func plan(_ parameters: AnalysisParameters) throws -> AnalysisPlan {
        try parameters.check()
        if configuration.backend == .stub { return AnalysisPlan(stubReason: "configured") }
        do {
            let tools = tools
            guard let fault = tools.ffmpeg.error ?? tools.ffprobe.error else {
                let speech = parameters.includeSpeechMusic ? try parts.parts(language: parameters.language) : nil
                return AnalysisPlan(parameters: parameters, speech: speech)
            }
            throw AnalysisError(.backendUnavailable, fault)
        } catch let error as AnalysisError where error.code == .backendUnavailable {
            return try fallback(after: error, parameters: parameters)
        }
    }

    /// Hears a recording.
    ///
    /// - Parameters:
    ///   - path: any audio or video file that ffmpeg reads.
    ///   - onProgress: called from the task that analyses, often.
    /// - Throws: `MediaError` for input that holds no sound, ``AnalysisError`` for parameters that cannot be used and
    ///   parts that are missing, `IdentifierError`, `CancellationError`.
    public func analyze(
        _ path: String, request: AnalysisRequest, onProgress: @escaping @Sendable (AnalysisProgress) -> Void = { _ in }
    ) async throws -> AnalysisOutcome {
        try await analyze(
            path, request: request, memory: AnalysisMemory(), known: { _ in StageResults() }, onProgress: onProgress)
    }

    /// Hears what is not known yet of a recording.
    ///
    /// - Parameters:
    ///   - memory: what remains of analyses that did not end.
    ///   - known: gives the outputs of stages that are kept under these keys.
    package func analyze(
        _ path: String, request: AnalysisRequest, memory: AnalysisMemory,
        known: (StageKeys) async throws -> StageResults,
        onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> AnalysisOutcome {
        let plan = try plan(request.parameters)
        let (digest, stamp) = try await ContentDigest.content(ofFileAt: path)
        let identifiers = try Identifiers(
            tenantID: request.tenantID, env: request.env, assetID: request.assetID ?? "sha256-" + digest,
            artifactID: request.artifactID, userID: request.userID)
        let keys = StageKeys(
            contentSHA256: digest, stream: request.stream, parameters: request.parameters, plan: plan,
            seed: configuration.seed)
        let job = Job(
            request: request, identifiers: identifiers, digest: digest, path: path, stamp: stamp, memory: memory,
            keys: keys)
        if plan.isStub { return try await stub(job, plan: plan, onProgress: onProgress) }
        let results = try await known(keys)
        do {
            return try await hear(job, plan: plan, known: results, onProgress: onProgress)
        } catch let error as AnalysisError where error.code == .backendUnavailable {
            // A part that looked whole cannot be loaded.
            let plan = try fallback(after: error, parameters: request.parameters)
            guard !plan.isStub else {
                return try await stub(job, plan: plan, onProgress: onProgress)
            }
            var job = job
            job.keys = StageKeys(
                contentSHA256: digest, stream: request.stream, parameters: request.parameters, plan: plan,
                seed: configuration.seed)
            return try await hear(job, plan: plan, known: StageResults(), onProgress: onProgress)
        }
    }

    /// Transcribes a piece that another analysis offered.
    ///
    /// - Parameters:
    ///   - order: a ``PieceOrder``.
    ///   - parameters: those of the analysis.
    /// - Returns: what is to be kept under the order's key.
    /// - Throws: ``AnalysisError`` also when the text would be another here; `CancellationError`.
    package func transcribe(
        _ order: [UInt8], parameters: AnalysisParameters,
        onProgress: @escaping @Sendable (AnalysisProgress) -> Void = { _ in }
    ) async throws -> [UInt8] {
        let order = try PieceOrder(serialized: order)
        let plan = try plan(parameters)
        guard let speech = plan.speech else {
            throw AnalysisError(.backendUnavailable, plan.fault ?? plan.stubReason ?? "there is no speech model")
        }
        let engine = try engine(speech, language: parameters.language)
        // The recording is of no matter to the key of a piece.
        let keys = StageKeys(
            contentSHA256: "", stream: 0, parameters: parameters, plan: plan, seed: configuration.seed)
        let jobs = configuration.jobs
        return try await withThrowingTaskGroup(of: Transcripts.Done.self) { group in
            var transcripts = Transcripts(
                transcriber: engine.transcriber, jobs: jobs, language: order.language, vocabulary: order.vocabulary,
                keys: PieceKeys(family: keys.pieceFamily), store: nil)
            let (start, end) = (order.chunks.first?.start ?? 0, order.chunks.last?.end ?? 0)
            // Its chunks have the recording's times.
            var meter = ProgressMeter(duration: end, needed: [.transcript]) { progress in
                var progress = progress
                progress.fraction = max(0, progress.fraction * end - start) / max(0.001, end - start)
                progress.duration = end - start
                onProgress(progress)
            }
            meter.resume(at: start)
            return try await transcripts.hear(order, in: &group, progress: &meter)
        }
    }

    private var decoder: AudioDecoder { AudioDecoder(tools: tools, limits: limits) }

    /// One recording's analysis.
    private struct Job {
        var request: AnalysisRequest
        var identifiers: Identifiers
        var digest: String
        var path: String
        var stamp: FileStamp
        var memory: AnalysisMemory
        var keys: StageKeys

        var parameters: AnalysisParameters { request.parameters }
    }

    private func fallback(after error: AnalysisError, parameters: AnalysisParameters) throws -> AnalysisPlan {
        switch configuration.fallback {
        case .error: throw error
        case .stub: return AnalysisPlan(stubReason: error.message)
        case .partial:
            // Without ffmpeg there is nothing that could be computed.
            guard tools.areAvailable else { throw error }
            return AnalysisPlan(parameters: parameters, speech: nil, fault: error.message)
        }
    }

    private func hear(
        _ job: Job, plan: AnalysisPlan, known: StageResults,
        onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> AnalysisOutcome {
        let needed = Set(job.keys.keys.keys.filter { !known.has($0) })
        var results = known
        var clock = StageClock()
        var engine: SpeechEngine?
        if !needed.isEmpty {
            if let speech = plan.speech, !needed.isDisjoint(with: [.voice, .transcript, .speakers]) {
                engine = try self.engine(speech, language: job.parameters.language)
            }
            let info = try await probe(job)
            var memory = job.memory
            // Of one or two pieces there is nothing to divide.
            if info.durationSeconds ?? 0 < 2 * SpeechPlan.pieceLength { memory.offersPieces = false }
            let pass = RecordingPass(
                parameters: job.parameters, needed: needed, known: known, engine: engine, jobs: configuration.jobs,
                language: SpokenLanguage(requested: job.parameters.language, model: engine?.model), keys: job.keys,
                memory: memory)
            let meter = ProgressMeter(duration: info.durationSeconds, needed: needed, report: onProgress)
            let heard = try await decoder.withDecodedAudio(of: job.path, info: info) { audio in
                try await pass.run(audio, meter: meter)
            }
            (results, clock) = (heard.stages, heard.clock)
            if let unfinished = heard.plan {
                throw UnfinishedAnalysis(
                    contentSHA256: job.digest, plan: unfinished, results: results, keys: job.keys,
                    computed: needed.subtracting([.transcript]),
                    stageSeconds: clock.seconds)
            }
        }
        guard let decoded = results.decoded, decoded.duration > 0, let loudness = results.loudness,
            let scene = results.scene
        else { throw AnalysisError(.analyzeFailed, "the file holds no samples") }
        onProgress(
            AnalysisProgress(
                stage: .assemble, fraction: 1, duration: decoded.duration,
                stages: Dictionary(uniqueKeysWithValues: needed.map { ($0, 1) })))
        var outputs = StageOutputs(
            duration: decoded.duration, speech: scene.speech, music: scene.music, silence: scene.silence,
            other: scene.other, words: results.transcript?.words ?? [], language: results.transcript?.language,
            speakers: results.speakers ?? [], beats: results.rhythm?.beats ?? [])
        outputs.isTranscribed = results.transcript != nil
        let assembled = clock.measure("assemble") {
            TimelineAssembler(parameters: job.parameters).assemble(outputs) { range in
                loudness.level(from: Double(range.lowerBound) / 1000, to: Double(range.upperBound) / 1000)
            }
        }
        var meta = meta(job, plan: plan)
        meta.summary = assembled.counts
        meta.language = results.transcript?.language
        meta.languageConfidence = results.transcript?.languageConfidence?.rounded(places: 3)
        meta.languageAssumed = results.transcript?.languageAssumed == true ? true : nil
        meta.tempoBPM = results.rhythm?.tempoBPM?.rounded(places: 2)
        meta.meter = results.rhythm?.meter
        meta.tempoCurve = results.rhythm.flatMap { $0.curve.isEmpty ? nil : $0.curve }
        meta.loudness = LoudnessSummary(loudness, windowMs: job.parameters.loudnessWindowMs)
        meta.warnings = decoded.warnings
        if let fault = plan.fault { meta.warnings += ["speech_not_transcribed: \(fault)"] }
        if let fault = engine?.speakersFault { meta.warnings.append("speakers_not_told_apart: \(fault)") }
        let unintelligible = (results.transcript?.unintelligible ?? []).map { Int(($0 * 1000).rounded()) }
        meta.warnings += Set(unintelligible + assembled.unheardMs).sorted().map { "partly_unintelligible_at_ms: \($0)" }
        let summary = AudioSemanticTimelineSummary(
            assetID: job.identifiers.assetID, durationMs: assembled.durationMs, events: assembled.events,
            beats: assembled.beats, meta: meta)
        return AnalysisOutcome(
            summary: summary, stageSeconds: clock.seconds, results: results, keys: job.keys, computed: needed)
    }

    /// The stub's timeline over the real duration, or, without ffmpeg, over the one that the caller knows.
    private func stub(
        _ job: Job, plan: AnalysisPlan, onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> AnalysisOutcome {
        let decoded: StageResults.Decoded
        if tools.areAvailable {
            decoded = try await length(of: job, onProgress: onProgress)
        } else if let milliseconds = job.request.knownDurationMs, milliseconds > 0,
            milliseconds <= limits.maximumSeconds * 1000
        {
            decoded = StageResults.Decoded(duration: milliseconds / 1000, warnings: [])
        } else {
            throw AnalysisError(
                .backendUnavailable, "\(plan.stubReason ?? ""), and the recording's duration is not known")
        }
        guard decoded.duration > 0 else { throw AnalysisError(.analyzeFailed, "the file holds no samples") }
        onProgress(AnalysisProgress(stage: .assemble, fraction: 1, duration: decoded.duration))
        let pattern = StubBackend.timeline(duration: decoded.duration, parameters: job.parameters)
        var meta = meta(job, plan: plan)
        meta.fallbackReason = plan.stubReason
        meta.warnings = ["stub"] + decoded.warnings
        meta.summary = TimelineCounts(events: pattern.events, beats: pattern.beats)
        meta.backendInfo = try await backendInfo(plan, language: job.parameters.language)
        let summary = AudioSemanticTimelineSummary(
            assetID: job.identifiers.assetID, durationMs: max(1, Int((decoded.duration * 1000).rounded())),
            events: pattern.events, beats: pattern.beats, meta: meta)
        return AnalysisOutcome(
            summary: summary, stageSeconds: [:], results: StageResults(), keys: job.keys, computed: [])
    }

    /// The snapshot of all parts for `backend_info`.
    package func backendInfo(_ plan: AnalysisPlan, language: String?) async throws -> BackendInfo {
        let reason = plan.stubReason == "configured" ? nil : plan.stubReason
        return try await dependencies(language: language).info(
            backendType: plan.backendType, backendVersion: plan.backendVersion, fault: reason)
    }

    /// Probes the file that was hashed, and no other that was put in its place.
    private func probe(_ job: Job) async throws -> MediaInfo {
        let info = try await MediaProbe(tools: tools, limits: limits).probe(job.path, stream: job.request.stream)
        guard info.fileStamp == job.stamp else {
            throw MediaError(.changed, "the recording changed while it was read")
        }
        return info
    }

    private func length(
        of job: Job, onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> StageResults.Decoded {
        let info = try await probe(job)
        var progress = ProgressMeter(duration: info.durationSeconds, needed: [.decode], report: onProgress)
        return try await decoder.withDecodedAudio(of: job.path, info: info) { audio in
            let rate = Double(audio.format.sampleRateHz)
            var frames = 0
            for try await block in audio {
                frames += block.count / max(1, audio.format.channelCount)
                progress.hear(to: Double(frames) / rate)
            }
            return StageResults.Decoded(
                duration: Double(frames) / rate, warnings: audio.warnings.map(\.rawValue))
        }
    }

    private func meta(_ job: Job, plan: AnalysisPlan) -> TimelineMeta {
        let key = AudioSemanticCacheKey(
            identifiers: job.identifiers, parameters: job.parameters, backendVersion: plan.backendVersion)
        let identity = SemanticIdentity(
            tenantID: job.identifiers.tenantID, env: job.identifiers.env, contentSHA256: job.digest,
            stream: job.request.stream, parameters: job.parameters, plan: plan, seed: configuration.seed)
        var meta = TimelineMeta(
            modelUsed: plan.modelUsed, backendType: plan.backendType, backendVersion: plan.backendVersion,
            semanticVersion: plan.semanticVersion, parameters: job.parameters, cacheKey: key.value,
            semanticIdentity: identity.value, contentSHA256: job.digest, seed: configuration.seed)
        meta.stages = plan.stages
        meta.sourceArtifactID = job.identifiers.artifactID
        return meta
    }

    /// The loaded engine of a plan.
    private func engine(_ speech: AnalysisPlan.Speech, language: String?) throws -> SpeechEngine {
        let engine = try engines.withLock { engines in
            let key = [speech.modelSHA256, speech.voiceSHA256, speech.speakersSHA256 ?? ""].joined(separator: " ")
            if let engine = engines[key] { return engine }
            let engine = try SpeechEngine(
                configuration: configuration, modelFile: speech.model, voiceActivity: speech.voiceActivity,
                speakers: speech.speakers)
            engines[key] = engine
            return engine
        }
        if let language, language != "auto", !engine.model.knows(language: language) {
            throw AnalysisError(
                .modelMissing, "the model \(speech.model.name) does not know the language \(language)")
        }
        return engine
    }
}
