package import Analysis

/// A line that a child writes on its standard output: how far it is, and at last what came of it.
package struct WorkMessage: Sendable, Codable {
    package struct Progress: Sendable, Codable {
        package var stage: String
        package var fraction: Double
        package var duration: Double?
    }

    package struct Failure: Sendable, Codable {
        package var code: SemanticTimelineError.Code
        package var message: String
        package var resourceKind: String?
        package var field: String?
        package var underlying: String?
    }

    package var progress: Progress?
    package var done: WorkResult?
    package var failed: Failure?

    package init(_ progress: AnalysisProgress) {
        self.progress = Progress(
            stage: progress.stage.rawValue, fraction: progress.fraction, duration: progress.duration)
    }

    package init(done: WorkResult) {
        self.done = done
    }

    package init(_ error: SemanticTimelineError) {
        failed = Failure(
            code: error.code, message: error.message, resourceKind: error.resourceKind, field: error.field,
            underlying: error.underlying)
    }
}

extension WorkMessage.Progress {
    var value: AnalysisProgress? {
        AnalysisProgress.Stage(rawValue: stage).map {
            AnalysisProgress(stage: $0, fraction: min(max(fraction, 0), 1), duration: duration)
        }
    }
}

extension WorkMessage.Failure {
    var error: SemanticTimelineError {
        SemanticTimelineError(
            code, message, resourceKind: resourceKind, field: field, underlying: underlying)
    }
}
