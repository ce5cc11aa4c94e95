import Analysis
import ArgumentParser
import Foundation
import TimelineModel

/// `cueline models`: what is installed.
struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the installed models.",
        discussion: "scripts/bootstrap --with base fetches the multilingual base model.")

    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
        try await reportingFailures {
            let configuration = try AnalysisConfiguration(environment: ProcessInfo.processInfo.environment)
            let catalog = ModelCatalog(configuration: configuration)
            let models = catalog.models
            if json {
                let text = String(decoding: try TimelineJSON.encode(models, pretty: true), as: UTF8.self)
                try Console.printOutput(text + "\n")
                return
            }
            if models.isEmpty {
                try Console.printOutput("No models in \(catalog.folder); cueline doctor tells what brings them.\n")
                return
            }
            let chosen = catalog.whisperModel(named: configuration.whisperModel, language: nil)
            for model in models {
                let mark = model == chosen ? "*" : " "
                let use =
                    model == catalog.voiceActivityModel
                    ? "voice activity"
                    : model == catalog.speakerModel ? "speakers" : model.isMultilingual ? "multilingual" : "English"
                let size = "\(Double(model.bytes / 100_000) / 10) MB"
                let columns = [
                    model.name.padded(to: 22), use.padded(to: 15), size.padded(to: 8),
                    model.listing?.licence ?? "",
                ]
                try Console.printOutput("\(mark) \(columns.joined(separator: " "))\n")
            }
        }
    }
}

extension String {
    /// The text with spaces up to a width.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
