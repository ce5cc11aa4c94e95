import ArgumentParser
import Foundation
import Interchange
import Library
import SemanticTimeline
import Server
import TimelineModel

/// `cueline jobs`: what a library's jobs are about, and what an operator does with them.
struct Jobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at a library's jobs, retry or cancel them.",
        subcommands: [List.self, Show.self, Retry.self, Cancel.self], defaultSubcommand: List.self)

    /// Which job is meant.
    struct Name: ParsableArguments {
        @Argument(help: ArgumentHelp("The job's id.", valueName: "ID"))
        var id: String

        @Option(help: ArgumentHelp("Its tenant; may be left out where only one has a job of that id.", valueName: "T"))
        var tenant: String?

        @Option(help: ArgumentHelp("Its env.", valueName: "E"))
        var env: String?

        func find(in library: ServedLibrary) async throws -> JobRecord {
            let found = try await library.stores.jobs.jobs(
                matching: JobFilter(id: id, tenantID: tenant, env: env), limit: 2)
            guard let job = found.first else {
                throw CommandError(status: .noInput, message: "there is no job of that id")
            }
            guard found.count == 1 else {
                throw CommandError(
                    status: .usage, message: "several tenants have a job of that id: say --tenant and --env")
            }
            // With a queue, how far it is now.
            return try await library.stores.queue?.jobs([(job.id, job.scope)]).first ?? job
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List jobs, newest first.")

        @OptionGroup var place: SharedLibraryOptions

        @Option(help: ArgumentHelp("queued, running, done, failed or cancelled; may be repeated.", valueName: "S"))
        var state: [String] = []

        @Option(help: ArgumentHelp("Only this tenant's.", valueName: "T"))
        var tenant: String?

        @Option(help: ArgumentHelp("Only this env's.", valueName: "E"))
        var env: String?

        @Option(help: ArgumentHelp("analyze or piece.", valueName: "K"))
        var kind: String?

        @Option(help: ArgumentHelp("No more than so many.", valueName: "N"))
        var limit = 50

        @Flag(help: "As JSON.")
        var json = false

        func validate() throws {
            guard state.allSatisfy({ JobState(rawValue: $0) != nil }) else {
                throw ValidationError("--state must be queued, running, done, failed or cancelled.")
            }
            guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be between 1 and 100000.") }
        }

        func run() async throws {
            try await reportingFailures {
                try place.mustExist()
                let library = try await place.open(readsBytes: false)
                var filter = JobFilter(tenantID: tenant, env: env, kind: kind)
                filter.states = Set(state.compactMap(JobState.init(rawValue:)))
                var jobs = try await library.stores.jobs.jobs(matching: filter, limit: limit)
                let live = jobs.filter { !$0.state.isFinal }.map { (id: $0.id, scope: $0.scope) }
                if let queue = library.stores.queue, !live.isEmpty {
                    let now = try await queue.jobs(live)
                    jobs = jobs.map { job in now.first { $0.id == job.id && $0.scope == job.scope } ?? job }
                }
                try Console.printOutput(json ? Jobs.json(jobs) : JobTable.text(jobs))
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a job as JSON.")

        @OptionGroup var place: SharedLibraryOptions
        @OptionGroup var name: Name

        func run() async throws {
            try await reportingFailures {
                try place.mustExist()
                try Console.printOutput(Jobs.json(try await name.find(in: place.open(readsBytes: false))))
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take up jobs again that were given up.",
            discussion: "Works on shared libraries; a library in a folder is asked by a new request.")

        @OptionGroup var place: SharedLibraryOptions
        @OptionGroup var name: Name

        func run() async throws {
            try await reportingFailures {
                let library = try await place.open(readsBytes: false)
                let queue = try Jobs.queue(library)
                let job = try await name.find(in: library)
                guard let again = try await queue.retry(job.id, in: job.scope) else {
                    throw CommandError(
                        status: .workFailed, message: "the job is \(job.state.rawValue): only failed jobs are retried")
                }
                try Console.printOutput("\(again.id) is queued again\n")
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cancel a job.", discussion: "Works on shared libraries; else ask the server: DELETE /jobs/ID.")

        @OptionGroup var place: SharedLibraryOptions
        @OptionGroup var name: Name

        func run() async throws {
            try await reportingFailures {
                let library = try await place.open(readsBytes: false)
                let queue = try Jobs.queue(library)
                let job = try await name.find(in: library)
                let after = try await queue.cancel(job.id, in: job.scope) ?? job
                let text = after.state.isFinal ? "is \(after.state.rawValue)" : "is being stopped by its worker"
                try Console.printOutput("\(after.id) \(text)\n")
            }
        }
    }

    private static func queue(_ library: ServedLibrary) throws -> any JobQueue {
        guard let queue = library.stores.queue else {
            throw CommandError(
                status: .usage, message: "a library in a folder has its server for that; say --database and --blobs")
        }
        return queue
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try TimelineJSON.encode(value, pretty: true), as: UTF8.self) + "\n"
    }
}

/// Jobs for people: a line each.
enum JobTable {
    static func text(_ jobs: [JobRecord]) -> String {
        guard !jobs.isEmpty else { return "no jobs\n" }
        var lines = [["job", "tenant", "env", "kind", "state", "done", "tries", "asked", "what"]]
        for job in jobs {
            lines.append([
                job.id, job.tenantID, job.env, job.kind, job.state.rawValue, "\(Int((job.progress * 100).rounded())) %",
                "\(job.attempts)", job.createdAt.text, what(job),
            ])
        }
        let widths = lines[0].indices.map { column in lines.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
        return lines.map { cells in
            cells.enumerated().map { column, cell in
                cell + String(repeating: " ", count: max(0, widths[column] - DisplayWidth.of(cell)))
            }.joined(separator: "  ").replacing(/\s+$/, with: "")
        }.joined(separator: "\n") + "\n"
    }

    /// The asset and, where there is one, the reason of a failure.
    private static func what(_ job: JobRecord) -> String {
        let request = job.request.members
        let asset = request?["asset_id"]?.text ?? request?["analysis"]?.members?["asset_id"]?.text ?? ""
        let reason = job.error?.members?["message"]?.text.map { ": " + $0 } ?? ""
        return PlainText.clean(asset + reason)
    }
}
