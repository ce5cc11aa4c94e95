/// Keeps the progress of one recording: how far it was heard and how far transcribed, and what time each of both took.
struct ProgressMeter {
    /// The part of the whole work that hearing is when there is a transcript too.
    private static let hearingShare = 0.2
    /// Seconds of work that a speed is told after.
    private static let leastSeconds = 0.5

    /// Work on the recording in one of two ways.
    private struct Track {
        /// Seconds of the recording that are done, and those of them since this analysis began.
        var done = 0.0
        var worked = 0.0
        /// Seconds that these took.
        var seconds = 0.0

        mutating func reach(_ position: Double, in elapsed: Double) {
            seconds += elapsed
            worked += max(0, position - done)
            done = max(done, position)
        }

        mutating func skip(to position: Double) { done = max(done, position) }

        /// Seconds of work for a second of the recording; nil where nothing was done yet.
        var cost: Double? { worked > 0 ? seconds / worked : nil }
    }

    private let duration: Double?
    /// The stages that hear the samples as they stream by.
    private let hearing: Set<AnalysisStage>
    private let transcribes: Bool
    private let report: @Sendable (AnalysisProgress) -> Void
    private var heard = Track()
    private var transcribed = Track()
    private var highest = 0.0
    private var last = ContinuousClock.now

    /// - Parameter needed: the stages that run.
    init(duration: Double?, needed: Set<AnalysisStage>, report: @escaping @Sendable (AnalysisProgress) -> Void) {
        self.duration = duration
        hearing = needed.subtracting([.transcript])
        transcribes = needed.contains(.transcript)
        self.report = report
    }

    /// The samples up to `seconds` were heard.
    mutating func hear(to seconds: Double) {
        heard.reach(seconds, in: elapsed())
        tell(.decode)
    }

    /// The speech up to `seconds` was transcribed.
    mutating func transcribe(to seconds: Double) {
        transcribed.reach(seconds, in: elapsed())
        tell(.transcribe)
    }

    /// There was nothing to transcribe up to `seconds`, or it was known.
    mutating func skip(to seconds: Double) {
        transcribed.reach(seconds, in: elapsed())
        tell(.transcribe)
    }

    /// An earlier analysis did everything up to `seconds`; getting there counts as no work.
    mutating func resume(at seconds: Double) {
        heard.skip(to: seconds)
        transcribed.skip(to: seconds)
        last = ContinuousClock.now
        tell(.decode)
    }

    private mutating func elapsed() -> Double {
        let now = ContinuousClock.now
        defer { last = now }
        return (now - last) / .seconds(1)
    }

    private mutating func tell(_ stage: AnalysisProgress.Stage) {
        guard let duration, duration > 0 else { return }
        let share = transcribes ? Self.hearingShare : 1
        let fraction = share * heard.done / duration + (1 - share) * transcribed.done / duration
        // A declared length may be wrong; who is at the end says so.
        highest = max(highest, min(fraction, 0.99))
        var stages: [AnalysisStage: Double] = [:]
        for stage in hearing { stages[stage] = min(1, heard.done / duration) }
        if transcribes { stages[.transcript] = min(1, transcribed.done / duration) }
        var progress = AnalysisProgress(stage: stage, fraction: highest, duration: duration, stages: stages)
        let seconds = heard.seconds + transcribed.seconds
        if seconds >= Self.leastSeconds, let hearing = heard.cost ?? transcribed.cost {
            let worked = share * heard.worked + (1 - share) * transcribed.worked
            progress.rate = worked / seconds
            // Until something was transcribed, that costs what it mostly does.
            let transcribing = transcribed.cost ?? hearing * (1 - share) / share
            progress.secondsLeft =
                hearing * max(0, duration - heard.done)
                + (transcribes ? transcribing * max(0, duration - transcribed.done) : 0)
        }
        report(progress)
    }
}
