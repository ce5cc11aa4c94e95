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
    /// How much of the recording each stage that runs has done, 0…1.
    public var stages: [AnalysisStage: Double]
    /// Seconds of the recording that are done in a second, since this analysis began; what an earlier one did does not count.
    public var rate: Double?
    /// Seconds that the rest will take at the speed of each stage so far.
    public var secondsLeft: Double?

    public init(
        stage: Stage, fraction: Double, duration: Double?, stages: [AnalysisStage: Double] = [:], rate: Double? = nil,
        secondsLeft: Double? = nil
    ) {
        self.stage = stage
        self.fraction = fraction
        self.duration = duration
        self.stages = stages
        self.rate = rate
        self.secondsLeft = secondsLeft
    }
}
