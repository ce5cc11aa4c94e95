import ArgumentParser
import Library
import Server
import TimelineModel

/// `cueline gc`: removes what nothing in a library names any more.
struct CollectGarbage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove bytes that nothing in a library names any more.",
        discussion: """
            Safe beside a running server, which does the same now and then: bytes younger than the grace period stay, \
            for what names them may be on its way. 0 is for a library that nothing else uses at the moment.
            """)

    @OptionGroup var place: SharedLibraryOptions

    @Option(help: ArgumentHelp("Youngest age, in minutes, of what is removed.", valueName: "N"))
    var graceMinutes = 60

    @Option(help: ArgumentHelp("Days for which ended jobs are kept.", valueName: "N"))
    var jobDays = 7

    @Flag(help: "As JSON.")
    var json = false

    func validate() throws {
        guard (0...10_000_000).contains(graceMinutes), (0...100_000).contains(jobDays) else {
            throw ValidationError("--grace-minutes and --job-days must not be negative.")
        }
    }

    func run() async throws {
        try await reportingFailures {
            try place.mustExist()
            let report = try await withInterruption {
                let library = try await place.open()
                _ = try await library.removeAbandonedFiles()
                return try await library.collector(jobRetention: .seconds(jobDays * 24 * 3600))
                    .collect(grace: .seconds(graceMinutes * 60))
            }
            if json {
                let text = String(decoding: try TimelineJSON.encode(report, pretty: true), as: UTF8.self)
                try Console.printOutput(text + "\n")
            } else {
                try Console.printOutput(
                    "removed \(report.removedBlobs) blobs and \(report.removedJobs) jobs; \(report.keptBlobs) too young\n"
                )
            }
        }
    }
}
