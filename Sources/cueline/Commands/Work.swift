import Analysis
import ArgumentParser
import CMemory
import Dispatch
import Foundation
import SemanticTimeline
import TimelineModel

/// `cueline work`: the child of a server that does one analysis. Not for people.
struct Work: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Do one work order.", shouldDisplay: false)

    @Argument(help: ArgumentHelp("The order's JSON.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("Process without which the work is for nobody; default: the parent.", valueName: "PID"))
    var parent: Int32?

    @Option(help: ArgumentHelp("Threads that hear.", valueName: "N"))
    var jobs: Int?

    @Option(help: ArgumentHelp("A Whisper model's name, or the path of a ggml file.", valueName: "M"))
    var model: String?

    func run() async throws {
        cmemory_share_small_blocks()
        let watch = Self.end(with: parent ?? getppid())
        defer { watch.cancel() }
        do {
            let order: WorkOrder = try TimelineJSON.decode(from: Data(contentsOf: URL(filePath: file)))
            var configuration = try AnalysisConfiguration(environment: ProcessInfo.processInfo.environment)
            if let jobs { configuration.jobs = max(1, jobs) }
            if let model { configuration.whisperModel = model }
            let runner = InProcessRunner(analyzer: Analyzer(configuration: configuration))
            let throttle = ProgressThrottle()
            let result = try await withInterruption {
                let pieces = MailedPieces(folder: order.folder) { try? Self.say($0) }
                return try await runner.run(order, pieces: pieces) { progress in
                    if throttle.lets(progress) { try? Self.say(WorkMessage(progress)) }
                }
            }
            try Self.say(WorkMessage(done: result))
        } catch is CancellationError {
            throw ExitStatus.interrupted.code
        } catch {
            try Self.say(WorkMessage(SemanticTimelineError(error)))
        }
    }

    private static func say(_ message: WorkMessage) throws {
        try Console.printOutput(String(decoding: try TimelineJSON.encode(message), as: UTF8.self) + "\n")
    }

    /// Ends this process soon after its parent is gone, which may be before this is called: nobody would take the result.
    private static func end(with parent: Int32) -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.schedule(deadline: .now(), repeating: 0.5)
        timer.setEventHandler { if getppid() != parent { _exit(ExitStatus.interrupted.rawValue) } }
        timer.resume()
        return timer
    }
}
