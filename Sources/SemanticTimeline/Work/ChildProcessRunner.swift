package import Analysis
import Subprocess
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Does each work order in a child process of its own, so that a crash in a decoder or a model is one failed job.
///
/// The child is this program with the hidden command `work`: it reads the order from a file in the order's folder and
/// writes ``WorkMessage`` lines. Standard input is not used for it: swift-subprocess 1.0.2 stops this whole process
/// when a child dies before it has read its input.
package struct ChildProcessRunner: AnalysisRunner {
    private let program: String
    private let arguments: [String]

    /// - Parameters:
    ///   - program: path of `cueline`.
    ///   - arguments: what goes behind `work`, such as `--jobs 1`.
    package init(program: String, arguments: [String] = []) {
        self.program = program
        self.arguments = arguments
    }

    /// A child reads files of strangers: what opens doors elsewhere is not for it.
    private static let environment: [Environment.Key: String?] = [
        "SWIFT_BACKTRACE": "enable=no", "CUELINE_DATABASE": nil, "CUELINE_BLOBS": nil, "CUELINE_AUTH_KEY": nil,
        "CUELINE_AUTH_KEYS_FILE": nil,
        "AWS_ACCESS_KEY_ID": nil, "AWS_SECRET_ACCESS_KEY": nil, "AWS_SESSION_TOKEN": nil, "PGPASSWORD": nil,
    ]

    package func run(
        _ order: WorkOrder, pieces: any PieceStore, onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> WorkResult {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(500))
        ]
        let file = order.folder + "/order.json"
        let parent = ProcessInfo.processInfo.processIdentifier
        try TimelineJSON.encode(order).write(to: URL(filePath: file))
        let configuration = Configuration(
            executable: .path(FilePath(program)),
            arguments: Arguments(["work", "--parent", "\(parent)"] + arguments + [file]),
            // The crash reporter takes seconds; a crash is a failed job, told at once.
            environment: .inherit.updating(Self.environment), platformOptions: options)
        let outcome: Outcome
        let status: TerminationStatus
        do {
            let result = try await Subprocess.run(
                configuration, input: .none, output: .sequence, error: .sequence
            ) { execution in
                async let log = Self.log(execution.standardError)
                var outcome = try await Self.messages(
                    execution.standardOutput, onProgress: onProgress,
                    onQuestion: { await MailedPieces.answer($0, from: pieces, in: order.folder) })
                outcome.log = await log
                return outcome
            }
            (outcome, status) = (result.closureResult, result.terminationStatus)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw SemanticTimelineError(
                .analyzeFailed, "the analysis could not be started", underlying: error.description)
        }
        try Task.checkCancellation()
        if let failure = outcome.last?.failed { throw failure.error }
        // Stopped politely by somebody else, such as a supervisor that signals a whole group: no fault of the recording.
        if outcome.last == nil, status == .exited(130) || status == .signaled(15) { throw CancellationError() }
        guard let result = outcome.last?.done, status.isSuccess else {
            throw SemanticTimelineError(
                .analyzeFailed, "the analysis crashed; the recording may be damaged in a way that no decoder survives",
                resourceKind: "asset", underlying: order.withoutNames("\(status): \(outcome.log)"))
        }
        return result
    }

    /// What a child said.
    private struct Outcome: Sendable {
        var last: WorkMessage?
        var log = ""
    }

    private static func messages(
        _ stream: SubprocessOutputSequence, onProgress: @Sendable (AnalysisProgress) -> Void,
        onQuestion: @escaping @Sendable (WorkMessage) async -> Void
    ) async throws -> Outcome {
        var outcome = Outcome()
        var line: [UInt8] = []
        for try await buffer in stream {
            buffer.withUnsafeBytes { line.append(contentsOf: $0) }
            while let end = line.firstIndex(of: UInt8(ascii: "\n")) {
                let message = try? TimelineJSON.decode(WorkMessage.self, from: Data(line[..<end]))
                line.removeSubrange(...end)
                if let progress = message?.progress?.value { onProgress(progress) }
                guard let message, message.progress == nil else { continue }
                if message.asked != nil || message.found != nil || message.offered != nil {
                    await onQuestion(message)
                } else {
                    outcome.last = message
                }
            }
            // No message is that long.
            if line.count > 1 << 20 { line.removeAll() }
        }
        return outcome
    }

    /// The last 8 KiB of what the child wrote on standard error.
    private static func log(_ stream: SubprocessOutputSequence) async -> String {
        var tail: [UInt8] = []
        var iterator = stream.makeAsyncIterator()
        while let buffer = try? await iterator.next() {
            buffer.withUnsafeBytes { tail.append(contentsOf: $0) }
            if tail.count > 16 << 10 { tail.removeFirst(tail.count - 8 << 10) }
        }
        return String(decoding: tail.suffix(8 << 10), as: UTF8.self)
    }
}
