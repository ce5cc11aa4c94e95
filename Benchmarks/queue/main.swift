import Foundation
import Library
import TimelineModel

// queue-bench prepare URL: makes the tables in an empty database.
// queue-bench sql: the statements of a claim and of an end, as JSON.
// queue-bench run URL WORKERS SECONDS: claims and ends jobs, WORKERS at once; prints how many in which time, as JSON.

#if PostgreSQL
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.count) {
    case ("prepare", 2):
        _ = try await PostgresLibrary.open(arguments.dropFirst().joined())
    case ("sql", 1):
        let statements = [
            "heads": PostgresQueue.headsSQL, "claim": PostgresQueue.claimSQL, "end": PostgresQueue.endLeaseSQL,
            "admit": PostgresQueue.admitNextSQL,
        ]
        print(String(decoding: try TimelineJSON.encode(statements), as: UTF8.self))
    case ("run", 4):
        let values = Array(arguments)
        guard let workers = Int(values[2]), let seconds = Double(values[3]) else { exit(64) }
        let queue = try await PostgresLibrary.open(values[1], connections: workers).queue
        let start = ContinuousClock.now
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var count = 0
                    while ContinuousClock.now - start < .seconds(seconds) {
                        for claimed in try await queue.claim(owner: "\(worker)", limit: 1, lease: .seconds(60)) {
                            var job = claimed.job
                            job.state = .done
                            job.progress = 1
                            job.finishedAt = .now
                            let nothing = JobResult(artifact: nil, timeline: nil, stages: [])
                            if try await queue.complete(claimed.lease, job: job, result: nothing) { count += 1 }
                        }
                    }
                    return count
                }
            }
            var total = 0
            for try await count in group { total += count }
            return total
        }
        let elapsed = Double((ContinuousClock.now - start) / .microseconds(1)) / 1e6
        print(#"{"jobs": \#(count), "seconds": \#(elapsed)}"#)
    default:
        print("queue-bench prepare URL | sql | run URL WORKERS SECONDS")
        exit(64)
    }
#endif
