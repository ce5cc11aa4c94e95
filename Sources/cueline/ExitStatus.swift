import Analysis
import ArgumentParser
import Interchange
import Library
import Media
import SemanticTimeline
import TimelineModel

/// The statuses that scripts can rely on; numbers after sysexits.h.
enum ExitStatus: Int32 {
    case workFailed = 1
    case usage = 64
    case notMedia = 65
    case noInput = 66
    case unavailable = 69
    case interrupted = 130

    var code: ExitCode { ExitCode(rawValue) }
}

/// A failure as a person on a terminal is told of it.
struct Failure {
    var status: ExitStatus
    var message: String
    /// Who helps where a part is missing; empty otherwise.
    var advice = ""

    init(_ error: any Error) {
        switch error {
        case is CancellationError:
            self.init(status: .interrupted, message: "interrupted")
        case let error as MediaError:
            self.init(status: ExitStatus(rawValue: error.code.exitStatus) ?? .workFailed, message: error.message)
        case let error as AnalysisError:
            self.init(status: ExitStatus(error.code), message: error.message)
        case let error as CommandError:
            self.init(status: error.status, message: error.message)
        case let error as SemanticTimelineError:
            // A disk that is full is no part that is missing.
            let isLibrary = error.code == .backendUnavailable && error.resourceKind == "library"
            self.init(status: isLibrary ? .workFailed : ExitStatus(error.code), message: error.message)
        case let error as InterchangeError:
            self.init(status: .usage, message: error.message)
        case let error as LibraryError:
            self.init(status: .workFailed, message: error.message)
        case let error as IdentifierError:
            self.init(status: .usage, message: "\(error)")
        case let error as SliceError:
            self.init(status: .usage, message: "\(error)")
        default:
            self.init(status: .workFailed, message: "\(error)")
        }
        let isPart =
            switch error {
            case let error as MediaError: error.code == .toolMissing
            case let error as AnalysisError: error.code == .backendUnavailable
            case let error as SemanticTimelineError:
                error.code == .backendUnavailable && error.resourceKind != "library"
            default: false
            }
        if isPart { advice = Self.doctor }
    }

    static let doctor = "; cueline doctor tells what mends it"

    init(status: ExitStatus, message: String) {
        self.status = status
        self.message = message
    }
}

/// A failure of the command line itself: a file that cannot be written, a timeline that cannot be read.
struct CommandError: Error {
    var status: ExitStatus
    var message: String
}

extension ExitStatus {
    init(_ code: AnalysisError.Code) {
        switch code {
        case .validation: self = .usage
        case .backendUnavailable, .modelMissing: self = .unavailable
        default: self = .workFailed
        }
    }
}

extension ExitStatus {
    init(_ code: SemanticTimelineError.Code) {
        switch code {
        case .validation: self = .usage
        case .unsupportedMedia: self = .notMedia
        case .audioNotFound, .mediaNotFound: self = .noInput
        case .backendUnavailable: self = .unavailable
        default: self = .workFailed
        }
    }
}

/// Runs a command; a failure is told on standard error and becomes the exit status.
func reportingFailures(_ command: () async throws -> Void) async throws {
    do {
        try await command()
    } catch let status as ExitCode {
        throw status
    } catch {
        let failure = Failure(error)
        Console.printError("cueline: \(failure.message)\(failure.advice)\n")
        throw failure.status.code
    }
}
