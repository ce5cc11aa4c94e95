import Library
import TimelineModel

extension JobRecord {
    /// The record of a job that ended well.
    func finished(_ result: SemanticResult, at moment: Timestamp) -> JobRecord {
        var record = self
        record.state = .done
        record.stage = "done"
        record.progress = 1
        record.result = .encoding(result)
        record.finishedAt = moment
        return record
    }

    mutating func fail(_ error: SemanticTimelineError, at moment: Timestamp) {
        state = .failed
        stage = "failed"
        self.error = .object(["code": .string(error.code.rawValue), "message": .string(error.message)])
        finishedAt = moment
    }

    mutating func cancel(at moment: Timestamp) {
        state = .cancelled
        stage = "cancelled"
        finishedAt = moment
    }
}
