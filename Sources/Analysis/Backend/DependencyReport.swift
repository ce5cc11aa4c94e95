public import Media
public import TimelineModel

/// What a timeline needs, and whether it is there.
public struct DependencyReport: Sendable, Hashable {
    /// By name: `ffmpeg`, `ffprobe`, `whisper`, `librosa` (the native signal code), `vad`, `speakers`.
    public var dependencies: [String: BackendInfo.Dependency]

    /// The release of librosa that the native signal code is checked against.
    public static let checkedLibrosaVersion = "0.11.0"

    /// Looks at model files.
    ///
    /// - Parameter programs: what `MediaTools.report` says of ffmpeg and ffprobe.
    public init(
        configuration: AnalysisConfiguration, programs: [MediaTools.Status], model: ModelFile?,
        voiceActivity: ModelFile?, speakers: ModelFile? = nil
    ) {
        var found: [String: BackendInfo.Dependency] = [:]
        for program in programs {
            found[program.name] = BackendInfo.Dependency(
                available: program.available, version: program.version, error: program.error)
        }
        found["librosa"] = BackendInfo.Dependency(
            available: true, version: "native, checked against librosa \(Self.checkedLibrosaVersion)")
        if let model {
            let name = "native, \(model.name)"
            do {
                _ = try WhisperFile(path: model.path)
                found["whisper"] = BackendInfo.Dependency(available: true, version: name)
            } catch {
                let message = (error as? AnalysisError)?.message ?? "the Whisper model cannot be read"
                found["whisper"] = BackendInfo.Dependency(available: false, version: name, error: message)
            }
        } else {
            found["whisper"] = BackendInfo.Dependency(
                available: false, error: "no Whisper model named \(configuration.whisperModel) is installed")
        }
        found["vad"] =
            voiceActivity.map { BackendInfo.Dependency(available: true, version: $0.name) }
            ?? BackendInfo.Dependency(available: false, error: "no voice activity model is installed")
        found["speakers"] =
            speakers.map { BackendInfo.Dependency(available: true, version: $0.name) }
            ?? BackendInfo.Dependency(available: false, error: "no speaker model is installed")
        dependencies = found
    }

    /// The first fault of a part that a timeline cannot do without, in the order in which the parts are needed.
    public var firstFault: String? {
        ["ffmpeg", "ffprobe", "whisper", "vad"].lazy.compactMap { dependencies[$0]?.error }.first
    }

    /// The snapshot for `backend_info`. On a fallback, `librosa` repeats the fault, where older readers look for it.
    public func info(backendType: String, backendVersion: String, fault: String? = nil) -> BackendInfo {
        var shown = dependencies
        if let fault { shown["librosa"]?.error = fault }
        return BackendInfo(backendType: backendType, backendVersion: backendVersion, dependencies: shown)
    }
}
