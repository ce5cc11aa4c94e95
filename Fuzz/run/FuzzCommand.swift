import ArgumentParser
import Foundation
import Fuzzing

/// Gives every parser inputs that nobody would write.
@main
struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz",
        abstract: "Give parsers inputs that nobody would write.",
        discussion: """
            The corpus comes first, then what is made of it: input N of a seed is always the same. Whatever crashes, \
            takes more than a second of processor time or breaks a promise is saved, and the exit status is 1.
            """)

    @Argument(help: ArgumentHelp("Which parsers; all by default.", valueName: "target"))
    var names: [String] = []

    @Option(help: "Inputs of each target.")
    var runs = 1_000_000

    @Option(help: "What the inputs are drawn from.")
    var seed: UInt64 = 1

    @Option(help: "Processes at once.")
    var jobs = max(1, ProcessInfo.processInfo.activeProcessorCount)

    @Option(help: "The folder with the corpus.")
    var corpus = "Fuzz/corpus"

    @Option(help: "The folder for inputs that broke something.")
    var found = "Fuzz/found"

    @Option(help: "Try this file alone, in this process.")
    var input: String?

    @Flag(help: "Name the targets.")
    var list = false

    @Option(help: .hidden)
    var child: String?

    @Option(help: .hidden)
    var first = 0

    func validate() throws {
        guard runs >= 0, first >= 0, (1...256).contains(jobs) else { throw ValidationError("That is too much.") }
        for name in names where FuzzRegistry.target(name) == nil { throw ValidationError("There is no \(name).") }
        if input != nil || child != nil, names.count != 1 { throw ValidationError("Name one target.") }
    }

    func run() throws {
        if list {
            for target in FuzzRegistry.targets { print(target.name) }
            return
        }
        let targets = names.isEmpty ? FuzzRegistry.targets : names.compactMap { FuzzRegistry.target($0) }
        if let child {
            guard let record = InputRecord(path: child) else { throw ExitCode(71) }
            FuzzChild.confine()
            for target in targets {
                let seeds = FuzzCorpus.inputs(of: target, in: corpus).map(\.bytes)
                FuzzChild(target: target, record: record).run(
                    Mutator(target, corpus: seeds, seed: seed), first..<(first + runs))
            }
            return
        }
        if let input {
            guard let bytes = FileManager.default.contents(atPath: input) else { throw ExitCode(66) }
            for target in targets { print(try target.run([UInt8](bytes)) ? "taken" : "refused") }
            return
        }
        let campaign = FuzzCampaign(seed: seed, runs: runs, jobs: jobs, corpus: corpus, found: found)
        if campaign.run(targets) > 0 { throw ExitCode(1) }
    }
}
