import Analysis
import Library
import TimelineModel

extension JobRecord {
    /// Notes how far the work is.
    mutating func show(_ progress: AnalysisProgress) {
        stage = progress.stage.rawValue
        // The last of it is storing.
        self.progress = min(progress.fraction, 1) * 0.99
        var stages: [String: Double] = [:]
        for (stage, share) in progress.stages { stages[stage.rawValue] = share.rounded(places: 4) }
        work = JobWork(
            durationSeconds: progress.duration, stages: stages, rate: progress.rate?.rounded(places: 2),
            secondsLeft: progress.secondsLeft?.rounded(places: 1))
    }

    /// The record of a job that ended well.
    ///
    /// - Parameter result: nil for one that nobody is answered with.
    func finished(_ result: SemanticResult?, at moment: Timestamp) -> JobRecord {
        var record = self
        record.state = .done
        record.stage = "done"
        record.work = nil
        record.progress = 1
        record.result = result.map { .encoding($0) }
        record.finishedAt = moment
        return record
    }

    mutating func fail(_ error: SemanticTimelineError, at moment: Timestamp) {
        state = .failed
        stage = "failed"
        work = nil
        self.error = .object(["code": .string(error.code.rawValue), "message": .string(error.message)])
        finishedAt = moment
    }

    mutating func cancel(at moment: Timestamp) {
        state = .cancelled
        stage = "cancelled"
        work = nil
        finishedAt = moment
    }
}
