package import Analysis

/// A line that a child writes on its standard output: how far it is, which pieces it wants or found, and at last what came of it.
package struct WorkMessage: Sendable, Codable {
    package struct Progress: Sendable, Codable {
        package var stage: String
        package var fraction: Double
        package var duration: Double?
        package var stages: [String: Double]?
        package var rate: Double?
        package var secondsLeft: Double?
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
    /// The key of a piece that the child wants, and of one that it found.
    package var asked: String?
    package var found: String?
    /// The key of a piece that the child offers to others.
    package var offered: String?

    package init(_ progress: AnalysisProgress) {
        self.progress = Progress(
            stage: progress.stage.rawValue, fraction: progress.fraction, duration: progress.duration,
            stages: Dictionary(uniqueKeysWithValues: progress.stages.map { ($0.key.rawValue, $0.value) }),
            rate: progress.rate, secondsLeft: progress.secondsLeft)
    }

    package init(asked key: String) {
        asked = key
    }

    package init(found key: String) {
        found = key
    }

    package init(offered key: String) {
        offered = key
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
    package var value: AnalysisProgress? {
        AnalysisProgress.Stage(rawValue: stage).map {
            AnalysisProgress(
                stage: $0, fraction: min(max(fraction, 0), 1), duration: duration,
                stages: Dictionary(
                    (stages ?? [:]).compactMap { name, share in AnalysisStage(rawValue: name).map { ($0, share) } },
                    uniquingKeysWith: { $1 }),
                rate: rate, secondsLeft: secondsLeft)
        }
    }
}

extension WorkMessage.Failure {
    package var error: SemanticTimelineError {
        SemanticTimelineError(
            code, message, resourceKind: resourceKind, field: field, underlying: underlying)
    }
}
