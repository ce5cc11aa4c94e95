import Analysis
import ArgumentParser
import TimelineModel

/// The options that say how to hear.
struct AnalysisOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The spoken language: an ISO 639-1 code such as en, or auto.", valueName: "L"))
    var language: String?

    @Option(
        help: ArgumentHelp(
            "A Whisper model's name, such as tiny or base, or the path of a ggml file.", valueName: "M"))
    var model: String?

    @Flag(name: .customLong("no-beats"), help: "Leave out beats and bars.")
    var withoutBeats = false

    @Flag(name: .customLong("no-speech-music"), help: "Tell silence from sound only; nothing is transcribed.")
    var withoutSpeechMusic = false

    @Option(help: ArgumentHelp("Shortest silence that becomes an event, 50 to 10000.", valueName: "N"))
    var minSilenceMs = 300

    @Option(help: ArgumentHelp("Window of the loudness curve, 400 to 60000.", valueName: "N"))
    var loudnessWindowMs = 1000

    @Option(help: ArgumentHelp("The tempo, where you know it, in beats a minute.", valueName: "B"))
    var bpm: Double?

    @Option(help: ArgumentHelp("Beats in a bar, where you know them.", valueName: "M"))
    var meter: Int?

    @Option(help: ArgumentHelp("Words and names that may be said, up to 500 characters.", valueName: "TEXT"))
    var vocabulary: String?

    @Option(help: ArgumentHelp("Which audio stream of each file, from 0.", valueName: "N"))
    var stream = 0

    @Option(help: ArgumentHelp("Threads that hear; the result is the same for any number.", valueName: "N"))
    var jobs: Int?

    @Option(help: ArgumentHelp("Tenant in the cache key.", valueName: "ID"))
    var tenant = "local"

    @Option(help: ArgumentHelp("Environment in the cache key.", valueName: "ID"))
    var env = "dev"

    @Option(help: ArgumentHelp("User in the cache key.", valueName: "ID"))
    var user: String?

    @Option(help: ArgumentHelp("Asset id; by default sha256- and the digest of the file.", valueName: "ID"))
    var asset: String?

    func validate() throws {
        guard stream >= 0 else { throw ValidationError("--stream counts from 0.") }
        if let jobs, !(1...256).contains(jobs) { throw ValidationError("--jobs must be between 1 and 256.") }
    }

    var request: AnalysisRequest {
        AnalysisRequest(
            tenantID: tenant, env: env, userID: user, assetID: asset,
            parameters: AnalysisParameters(
                includeBeats: !withoutBeats, includeSpeechMusic: !withoutSpeechMusic, minSilenceMs: minSilenceMs,
                loudnessWindowMs: loudnessWindowMs, language: language, bpm: bpm, meter: meter,
                vocabulary: vocabulary.flatMap { $0.isEmpty ? nil : $0 }),
            stream: stream)
    }

    /// The process's configuration with what the options override.
    func configuration(environment: [String: String]) throws -> AnalysisConfiguration {
        var configuration = try AnalysisConfiguration(environment: environment)
        if let model { configuration.whisperModel = model }
        if let jobs { configuration.jobs = jobs }
        return configuration
    }
}
