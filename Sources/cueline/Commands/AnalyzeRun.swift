import Analysis
import Foundation
import Media
import TimelineModel

/// The work of one `analyze` command.
struct AnalyzeRun: Sendable {
    /// Recordings that are heard at once, at most: each takes some 200 MB.
    static let mostAtOnce = 4

    let command: Analyze
    let inputs: [InputFile]
    let atOnce: Int
    let analyzer: Analyzer
    /// Where timelines are kept; nil hears each file anew.
    let library: LocalLibrary?
    let environment: [String: String]

    private let start = ContinuousClock.now

    /// Recordings that may be done, beside those that are being heard, while an earlier one is not: what they print must wait.
    private static let mostWaiting = 16

    /// A recording that is done, and written where it is to be written.
    private struct Done: Sendable {
        var meta: TimelineMeta
        var durationMs: Int
        /// What is still to be printed, in the recordings' order.
        var output: [UInt8]
    }

    /// How one recording ended.
    private struct Ending: Sendable {
        var number: Int
        var result: Result<Done, any Error>
    }

    init(
        command: Analyze, inputs: [InputFile], atOnce: Int, analyzer: Analyzer, library: LocalLibrary?,
        environment: [String: String]
    ) {
        self.command = command
        self.inputs = inputs
        self.atOnce = atOnce
        self.analyzer = analyzer
        self.library = library
        self.environment = environment
    }

    /// Whether results are called by their recordings, in a folder.
    private var writesIntoFolder: Bool {
        guard let output = command.output else { return false }
        // A folder that holds one recording is a folder all the same.
        let namesFolder = command.files.count == 1 && inputs.first?.path != command.files[0]
        return inputs.count > 1 || namesFolder || output.hasSuffix("/") || OutputFile.isDirectory(output)
    }

    /// Checks what no recording needs to be heard for.
    ///
    /// - Throws: ``CommandError``.
    func prepare() throws {
        if command.options.asset != nil, inputs.count > 1 {
            throw CommandError(status: .usage, message: "--asset names one file's asset")
        }
        guard let output = command.output, writesIntoFolder else { return }
        try OutputFile.makeDirectory(output)
        var owners: [String: String] = [:]
        for input in inputs {
            let path = outputPath(input, command.format ?? .json)
            if owners.updateValue(input.path, forKey: path) != nil {
                throw CommandError(
                    status: .usage,
                    message:
                        "two recordings would be written to '\(input.name).\((command.format ?? .json).fileExtension)'")
            }
            let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            if folder != output { try OutputFile.makeDirectory(folder) }
        }
    }

    private func outputPath(_ input: InputFile, _ format: OutputFormat) -> String {
        guard let output = command.output else { return "" }
        guard writesIntoFolder else { return output }
        return (output.hasSuffix("/") ? String(output.dropLast()) : output) + "/" + input.name + "."
            + format.fileExtension
    }

    /// Analyses all recordings, a few at once, and tells of them in their order.
    ///
    /// - Returns: the status of the first failure; the other recordings are done all the same.
    func all() async throws -> ExitStatus? {
        let board = ProgressBoard(
            isShown: Console.errorIsTerminal && !command.quiet,
            width: Console.width(environment: environment, of: .error))
        defer { board.clear() }
        return try await withThrowingTaskGroup(of: Ending.self) { group in
            var firstFailure: ExitStatus?
            var table = RecordingTable()
            var waiting: [Int: Ending] = [:]
            var (begun, told) = (0, 0)
            while told < inputs.count {
                while begun < inputs.count, begun - told - waiting.count < atOnce,
                    command.output != nil || waiting.count < Self.mostWaiting
                {
                    let number = begun
                    board.begin(number, name: label(number))
                    group.addTask { try await one(number, board) }
                    begun += 1
                }
                guard let ending = try await group.next() else { break }
                waiting[ending.number] = ending
                try board.end(ending.number) {
                    while let next = waiting.removeValue(forKey: told) {
                        let failure = try tell(next, &table)
                        firstFailure = firstFailure ?? failure
                        told += 1
                    }
                }
            }
            if inputs.count > 1 { try show(table) }
            return firstFailure
        }
    }

    /// What a recording's progress is called by.
    private func label(_ number: Int) -> String {
        let name = inputs[number].shownName
        return inputs.count > 1 ? "\(number + 1)/\(inputs.count) \(name)" : name
    }

    /// - Throws: `CancellationError` only.
    private func one(_ number: Int, _ board: ProgressBoard) async throws -> Ending {
        let input = inputs[number]
        do {
            let summary: AudioSemanticTimelineSummary
            if input.path == "-" {
                summary = try await SpooledInput.withSpooledFile { path in
                    try await analyze(path) { board.update(number, $0) }
                }
            } else {
                summary = try await analyze(input.path) { board.update(number, $0) }
            }
            try Task.checkCancellation()
            return Ending(number: number, result: .success(try finish(summary, of: input)))
        } catch let error as CancellationError {
            throw error
        } catch {
            try Task.checkCancellation()
            return Ending(number: number, result: .failure(error))
        }
    }

    private func analyze(
        _ path: String, _ onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> AudioSemanticTimelineSummary {
        if let library {
            return try await library.analyze(
                path, request: command.options.request, force: command.force, onProgress: onProgress)
        }
        return try await analyzer.analyze(path, request: command.options.request, onProgress: onProgress).summary
    }

    /// Writes a recording's timeline, or makes what is to be printed of it.
    private func finish(_ summary: AudioSemanticTimelineSummary, of input: InputFile) throws -> Done {
        let picture = TimelinePicture(name: input.shownName, environment: environment)
        let mediaURL = input.path == "-" ? nil : Export.url(input.path)
        var done = Done(meta: summary.meta, durationMs: summary.durationMs, output: [])
        if command.output != nil {
            let format = command.format ?? .json
            let bytes = try format.bytes(summary, picture: picture.plain, mediaURL: mediaURL)
            try OutputFile.write(bytes, to: outputPath(input, format))
            if Console.outputIsTerminal, !command.quiet, inputs.count == 1 {
                done.output = Array(picture.draw(summary).utf8)
            }
        } else {
            let format = command.format ?? (Console.outputIsTerminal ? .text : .json)
            done.output = try format.bytes(summary, picture: picture, mediaURL: mediaURL)
        }
        return done
    }

    /// Prints what there is of a recording, or why there is nothing.
    ///
    /// - Returns: the status of a failure.
    private func tell(_ ending: Ending, _ table: inout RecordingTable) throws -> ExitStatus? {
        let input = inputs[ending.number]
        switch ending.result {
        case .success(let done):
            try Console.printOutput(done.output)
            table.add(input.name, done.meta, durationMs: done.durationMs)
            if done.meta.backendType == "stub", !Console.outputIsTerminal || command.format != nil {
                Console.printError(
                    "cueline: \(input.shownName): STUB timeline, nothing was heard: "
                        + "\(done.meta.fallbackReason ?? "")"
                        + (done.meta.fallbackReason == "configured" ? "\n" : Failure.doctor + "\n"))
            }
            return nil
        case .failure(let error):
            let failure = Failure(error)
            Console.printError("cueline: \(input.shownName): \(failure.message)\(failure.advice)\n")
            table.add(input.name, failure: failure.message)
            return failure.status
        }
    }

    /// Shows the table where the timelines themselves do not go, or beside them to a person.
    private func show(_ table: RecordingTable) throws {
        guard !command.quiet else { return }
        let text = table.text(seconds: (ContinuousClock.now - start) / .seconds(1))
        if command.output != nil {
            try Console.printOutput(text)
        } else if Console.errorIsTerminal {
            Console.printError(text)
        }
    }

    /// The last component of a path, as it may be shown.
    static func shownName(_ file: String) -> String { InputFile(file).shownName }
}
