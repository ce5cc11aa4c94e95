public import Media
import Signal
import Synchronization
import TimelineModel

/// Turns recordings into semantic timelines.
///
/// One analyser serves any number of recordings, at once too; models are loaded when they are first needed and kept.
public final class Analyzer: Sendable {
    /// The real backend's name on the wire.
    public static let backendVersion = "whisper_librosa_v2"
    /// Raised whenever the output of any stage may change.
    public static let semanticVersion = backendVersion + ".1"

    public let configuration: AnalysisConfiguration
    private let tools: MediaTools
    private let limits: MediaLimits
    private let catalog: ModelCatalog
    /// Engines by the path of their model.
    private let engines = Mutex<[String: SpeechEngine]>([:])
    /// What ffmpeg and ffprobe said of themselves, asked once.
    private let programs = Mutex<[MediaTools.Status]?>(nil)

    public init(
        configuration: AnalysisConfiguration, tools: MediaTools = MediaTools(), limits: MediaLimits = MediaLimits()
    ) {
        self.configuration = configuration
        self.tools = tools
        self.limits = limits
        catalog = ModelCatalog(configuration: configuration)
    }

    /// What a timeline needs, and whether it is there.
    ///
    /// - Throws: `CancellationError` only.
    public func dependencies(language: String? = nil) async throws -> DependencyReport {
        var statuses = programs.withLock { $0 }
        if statuses == nil {
            statuses = try await tools.report()
            programs.withLock { [statuses] in $0 = statuses }
        }
        return DependencyReport(
            configuration: configuration, programs: statuses ?? [],
            model: catalog.whisperModel(named: configuration.whisperModel, language: Self.code(language)),
            voiceActivity: catalog.voiceActivityModel)
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
        try request.parameters.check()
        let info = try await MediaProbe(tools: tools, limits: limits).probe(path, stream: request.stream)
        let digest = try await ContentDigest.sha256(ofFileAt: path)
        let identifiers = try Identifiers(
            tenantID: request.tenantID, env: request.env, assetID: request.assetID ?? "sha256-" + digest,
            artifactID: request.artifactID, userID: request.userID)
        let job = Job(request: request, identifiers: identifiers, digest: digest, path: path, info: info)
        if configuration.backend == .stub {
            return try await stub(job, reason: "configured", onProgress: onProgress)
        }
        var engine: SpeechEngine?
        var fault: String?
        if request.parameters.includeSpeechMusic {
            do {
                engine = try speechEngine(language: request.parameters.language)
            } catch let error as AnalysisError where error.code == .backendUnavailable {
                switch configuration.fallback {
                case .error: throw error
                case .stub: return try await stub(job, reason: error.message, onProgress: onProgress)
                case .partial: fault = error.message
                }
            }
        }
        return try await hear(job, engine: engine, fault: fault, onProgress: onProgress)
    }

    private var decoder: AudioDecoder { AudioDecoder(tools: tools, limits: limits) }

    /// One recording's analysis.
    private struct Job {
        var request: AnalysisRequest
        var identifiers: Identifiers
        var digest: String
        var path: String
        var info: MediaInfo

        var parameters: AnalysisParameters { request.parameters }
    }

    private func hear(
        _ job: Job, engine: SpeechEngine?, fault: String?, onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> AnalysisOutcome {
        let language = SpokenLanguage(requested: job.parameters.language, model: engine?.model)
        let pass = RecordingPass(
            parameters: job.parameters, engine: engine, jobs: configuration.jobs, language: language.fixed)
        let progress = ProgressMeter(duration: job.info.durationSeconds, transcribes: engine != nil, report: onProgress)
        let result = try await decoder.withDecodedAudio(of: job.path, info: job.info) { audio in
            try await pass.run(audio, meter: progress)
        }
        guard result.stages.duration > 0 else {
            throw AnalysisError(.analyzeFailed, "the file holds no samples")
        }
        var clock = result.clock
        let assembled = clock.measure("assemble") {
            TimelineAssembler(parameters: job.parameters).assemble(result.stages) { range in
                result.loudness.level(
                    from: Double(range.lowerBound) / 1000, to: Double(range.upperBound) / 1000)
            }
        }
        let stages = StageVersions(parameters: job.parameters, engine: engine).versions
        var meta = meta(
            job, modelUsed: engine.map { "whisper_" + $0.modelFile.name } ?? "none", backendType: "whisper_librosa",
            backendVersion: Self.backendVersion, semanticVersion: Self.semanticVersion, engine: engine,
            stages: stages)
        meta.summary = assembled.counts
        meta.language = engine == nil ? nil : result.stages.language
        meta.languageConfidence = result.languageConfidence?.rounded(places: 3)
        meta.languageAssumed = engine != nil && language.isAssumed ? true : nil
        meta.tempoBPM = result.tempoBPM?.rounded(places: 2)
        meta.meter = result.meter
        meta.loudness = LoudnessSummary(result.loudness, windowMs: job.parameters.loudnessWindowMs)
        meta.warnings = result.warnings
        if let fault { meta.warnings += ["speech_not_transcribed: \(fault)"] }
        meta.warnings += result.unintelligible.map { "partly_unintelligible_at_ms: \(Int(($0 * 1000).rounded()))" }
        let summary = AudioSemanticTimelineSummary(
            assetID: job.identifiers.assetID, durationMs: assembled.durationMs, events: assembled.events,
            beats: assembled.beats, meta: meta)
        return AnalysisOutcome(summary: summary, stageSeconds: clock.seconds)
    }

    /// The stub's timeline over the real duration.
    private func stub(
        _ job: Job, reason: String, onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> AnalysisOutcome {
        var progress = ProgressMeter(duration: job.info.durationSeconds, transcribes: false, report: onProgress)
        let (duration, warnings) = try await decoder.withDecodedAudio(of: job.path, info: job.info) { audio in
            var frames = 0
            for try await block in audio {
                frames += block.count / max(1, audio.format.channelCount)
                progress.hear(to: Double(frames) / Double(audio.format.sampleRateHz))
            }
            return (Double(frames) / Double(audio.format.sampleRateHz), audio.warnings.map(\.rawValue))
        }
        guard duration > 0 else { throw AnalysisError(.analyzeFailed, "the file holds no samples") }
        progress.finish()
        let pattern = StubBackend.timeline(duration: duration, parameters: job.parameters)
        let version = StubBackend.version
        var meta = meta(
            job, modelUsed: "none", backendType: "stub", backendVersion: version, semanticVersion: version,
            engine: nil, stages: ["stub": StageVersion(version: version)])
        meta.fallbackReason = reason
        meta.warnings = ["stub"] + warnings
        meta.summary = TimelineCounts(events: pattern.events, beats: pattern.beats)
        let info = try await dependencies(language: job.parameters.language).info(
            backendType: "stub", backendVersion: version, fault: reason == "configured" ? nil : reason)
        meta.backendInfo = info
        let summary = AudioSemanticTimelineSummary(
            assetID: job.identifiers.assetID, durationMs: max(1, Int((duration * 1000).rounded())),
            events: pattern.events, beats: pattern.beats, meta: meta)
        return AnalysisOutcome(summary: summary, stageSeconds: [:])
    }

    private func meta(
        _ job: Job, modelUsed: String, backendType: String, backendVersion: String, semanticVersion: String,
        engine: SpeechEngine?, stages: [String: StageVersion]
    ) -> TimelineMeta {
        let key = AudioSemanticCacheKey(
            identifiers: job.identifiers, parameters: job.parameters, backendVersion: backendVersion)
        let identity = SemanticIdentity(
            identifiers: job.identifiers, contentSHA256: job.digest, stream: job.request.stream,
            parameters: job.parameters, stages: stages, engine: engine, seed: configuration.seed)
        var meta = TimelineMeta(
            modelUsed: modelUsed, backendType: backendType, backendVersion: backendVersion,
            semanticVersion: semanticVersion, parameters: job.parameters, cacheKey: key.value,
            semanticIdentity: identity.value, contentSHA256: job.digest, seed: configuration.seed)
        meta.stages = stages
        meta.sourceArtifactID = job.identifiers.artifactID
        return meta
    }

    /// The engine for a request's language, loaded once.
    private func speechEngine(language: String?) throws -> SpeechEngine {
        let wanted = Self.code(language)
        let name = configuration.whisperModel
        guard let file = catalog.whisperModel(named: name, language: wanted) else {
            if let wanted, wanted != "en", catalog.whisperModel(named: name, language: nil) != nil {
                throw AnalysisError(
                    .modelMissing,
                    "language \(wanted) needs a multilingual model; scripts/bootstrap --with base fetches one, "
                        + "then use the model base")
            }
            throw AnalysisError(.backendUnavailable, "no Whisper model named \(name) is installed")
        }
        guard let voiceActivity = catalog.voiceActivityModel else {
            throw AnalysisError(.backendUnavailable, "no voice activity model is installed")
        }
        let engine = try engines.withLock { engines in
            if let engine = engines[file.path] { return engine }
            let engine = try SpeechEngine(
                configuration: configuration, modelFile: file, voiceActivity: voiceActivity)
            engines[file.path] = engine
            return engine
        }
        if let wanted, !engine.model.knows(language: wanted) {
            throw AnalysisError(
                .modelMissing, "the model \(file.name) does not know the language \(wanted)")
        }
        return engine
    }

    /// The code of a language that was asked for, nil where the model is to tell.
    private static func code(_ language: String?) -> String? {
        language == "auto" ? nil : language
    }
}

/// Which language a transcript is in.
private struct SpokenLanguage {
    /// The language that the transcript is fixed to, nil where the model is to tell.
    var fixed: String?
    /// True when English is assumed because no installed model can tell.
    var isAssumed = false

    init(requested: String?, model: WhisperModel?) {
        if let requested, requested != "auto" {
            fixed = requested
        } else if model?.isMultilingual != true {
            fixed = "en"
            isAssumed = true
        }
    }
}
