import Analysis
import Synchronization

/// Lets a tenth of a second pass between two reports of progress, unless the stage changes.
final class ProgressThrottle: Sendable {
    private let last = Mutex<(stage: AnalysisProgress.Stage, time: ContinuousClock.Instant)?>(nil)

    func lets(_ progress: AnalysisProgress) -> Bool {
        last.withLock { last in
            let now = ContinuousClock.now
            if let last, last.stage == progress.stage, now - last.time < .milliseconds(100) { return false }
            last = (progress.stage, now)
            return true
        }
    }
}
