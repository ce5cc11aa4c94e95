/// How far an analysis is, by work done.
public struct AnalysisProgress: Sendable, Hashable {
    /// What the analysis is mostly busy with.
    public enum Stage: String, Sendable, Hashable, CaseIterable {
        case decode
        case transcribe
        case assemble
    }

    public var stage: Stage
    /// 0…1; never falls.
    public var fraction: Double
    /// Length of the recording in seconds, where it is known.
    public var duration: Double?

    public init(stage: Stage, fraction: Double, duration: Double?) {
        self.stage = stage
        self.fraction = fraction
        self.duration = duration
    }
}

/// Keeps the progress of one recording: the share of the pass over the samples, and that of the transcript.
struct ProgressMeter {
    /// The part of the whole work that hearing is when there is a transcript too.
    private static let passShare = 0.2

    private let duration: Double?
    private let transcribes: Bool
    private let report: @Sendable (AnalysisProgress) -> Void
    private var heard = 0.0
    private var transcribed = 0.0
    private var highest = 0.0

    init(duration: Double?, transcribes: Bool, report: @escaping @Sendable (AnalysisProgress) -> Void) {
        self.duration = duration
        self.transcribes = transcribes
        self.report = report
    }

    /// The samples up to `seconds` were heard.
    mutating func hear(to seconds: Double) {
        heard = max(heard, seconds)
        tell(.decode)
    }

    /// The speech up to `seconds` was transcribed.
    mutating func transcribe(to seconds: Double) {
        transcribed = max(transcribed, seconds)
        tell(.transcribe)
    }

    mutating func finish() {
        report(AnalysisProgress(stage: .assemble, fraction: 1, duration: duration))
    }

    private mutating func tell(_ stage: AnalysisProgress.Stage) {
        guard let duration, duration > 0 else { return }
        let pass = transcribes ? Self.passShare : 1
        let fraction = pass * heard / duration + (1 - pass) * transcribed / duration
        // A declared length may be wrong; the end is told by `finish` alone.
        highest = max(highest, min(fraction, 0.99))
        report(AnalysisProgress(stage: stage, fraction: highest, duration: duration))
    }
}
