import Crypto
import Files
import Foundation
import Fuzzing

/// Runs targets in child processes, some at a time, and tells what they found.
struct FuzzCampaign {
    var seed: UInt64
    var runs: Int
    var jobs: Int
    var corpus: String
    /// Where inputs are saved that broke something.
    var found: String

    /// A target is given up after so many findings.
    private static let mostFindings = 10
    /// Runs of one child.
    private static let batch = 100_000
    /// Seconds without a finished input, and without processor time, after which a child hangs.
    private static let patience = 120.0

    private struct Part {
        let target: FuzzTarget
        var numbers: Range<Int>
    }

    private struct Running {
        let part: Part
        let child: ChildProcess
        let folder: String
        let begin = Date()
        var lastRun = -1
        var lastChange = Date()
    }

    private struct Tally {
        var inputs = 0
        var taken = 0
        var seconds = 0.0
        var slowestNanoseconds = 0
        var slowestRun = 0
        var findings: [String] = []
        var open = 0
    }

    /// - Returns: how many findings there are.
    func run(_ targets: [FuzzTarget]) -> Int {
        let folder = FileManager.default.temporaryDirectory.path + "/cueline-fuzz-\(getpid())"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var waiting: [Part] = []
        var tallies: [String: Tally] = [:]
        for target in targets {
            let seeds = FuzzCorpus.inputs(of: target, in: corpus).count
            let total = max(runs, seeds)
            for start in stride(from: 0, to: total, by: Self.batch) {
                waiting.append(Part(target: target, numbers: start..<min(start + Self.batch, total)))
                tallies[target.name, default: Tally()].open += 1
            }
        }
        waiting.reverse()
        var running: [Running] = []
        var number = 0
        print("target                  inputs   taken %   inputs/s  slowest ms  findings")
        while !waiting.isEmpty || !running.isEmpty {
            while running.count < jobs, let part = waiting.popLast() {
                number += 1
                guard let child = start(part, in: folder + "/\(number)") else { continue }
                running.append(Running(part: part, child: child, folder: folder + "/\(number)"))
            }
            usleep(10_000)
            for index in running.indices.reversed() {
                guard let ending = running[index].child.ending() else {
                    watch(&running[index])
                    continue
                }
                let ended = running.remove(at: index)
                let rest = end(ended, ending, &tallies[ended.part.target.name, default: Tally()])
                if let rest { waiting.append(rest) } else { tallies[ended.part.target.name]?.open -= 1 }
                if let tally = tallies[ended.part.target.name], tally.open == 0 { report(ended.part.target, tally) }
            }
        }
        let findings = tallies.values.reduce(0) { $0 + $1.findings.count }
        let inputs = tallies.values.reduce(0) { $0 + $1.inputs }
        print("\(targets.count) targets, \(inputs) inputs, \(findings) findings")
        return findings
    }

    private func start(_ part: Part, in folder: String) -> ChildProcess? {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return ChildProcess(
            arguments: [
                part.target.name, "--child", folder + "/record", "--seed", "\(seed)", "--corpus", corpus, "--first",
                "\(part.numbers.lowerBound)", "--runs", "\(part.numbers.count)",
            ], output: folder + "/output")
    }

    /// Ends a child that neither works nor ends.
    private func watch(_ running: inout Running) {
        guard Date().timeIntervalSince(running.lastChange) > 5 else { return }
        let run = InputRecord.Contents(path: running.folder + "/record", withBytes: false)?[.done] ?? 0
        if run != running.lastRun {
            (running.lastRun, running.lastChange) = (run, Date())
        } else if Date().timeIntervalSince(running.lastChange) > Self.patience {
            running.child.kill()
        }
    }

    /// Counts what a child did.
    ///
    /// - Returns: the runs that are left to do.
    private func end(_ ended: Running, _ ending: ChildProcess.Ending, _ tally: inout Tally) -> Part? {
        defer { try? FileManager.default.removeItem(atPath: ended.folder) }
        tally.seconds += Date().timeIntervalSince(ended.begin)
        guard let record = InputRecord.Contents(path: ended.folder + "/record") else {
            tally.findings.append("a child of \(ended.part.target.name) did not start")
            print(tally.findings.last ?? "")
            return nil
        }
        tally.inputs += record[.done]
        tally.taken += record[.taken]
        if record[.slowestNanoseconds] > tally.slowestNanoseconds {
            tally.slowestNanoseconds = record[.slowestNanoseconds]
            tally.slowestRun = record[.slowestRun]
        }
        guard ending != .exited(0) else { return nil }
        tally.inputs += 1
        let output = FileManager.default.contents(atPath: ended.folder + "/output") ?? Data()
        let said = String(decoding: output.suffix(2000), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let path = save(record.bytes, of: ended.part.target)
        let what =
            switch ending {
            case .exited(FuzzChild.brokenPromise): "broken promise"
            case .exited(let status): "exit status \(status)"
            case .killed(SIGPROF): "more than \(FuzzChild.longestSeconds) s of processor time"
            case .killed(SIGKILL): "no end"
            case .killed(let signal): "signal \(signal)"
            }
        tally.findings.append(what)
        print("\(ended.part.target.name), run \(record[.run]): \(what)\n  \(said.suffix(600))")
        print("  again: fuzz \(ended.part.target.name) --input \(path)")
        guard tally.findings.count < Self.mostFindings else { return nil }
        let next = record[.run] + 1
        guard next < ended.part.numbers.upperBound else { return nil }
        return Part(target: ended.part.target, numbers: next..<ended.part.numbers.upperBound)
    }

    private func save(_ bytes: [UInt8], of target: FuzzTarget) -> String {
        try? FileManager.default.createDirectory(atPath: found, withIntermediateDirectories: true)
        let digest = hexadecimal(SHA256.hash(data: bytes)).prefix(16)
        let path = "\(found)/\(target.name)-\(digest)"
        try? Data(bytes).write(to: URL(filePath: path))
        return path
    }

    private func report(_ target: FuzzTarget, _ tally: Tally) {
        func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(width - text.count, 0)) + text
        }
        let rate = Int(Double(tally.inputs) / max(tally.seconds, 0.001))
        let taken = String(format: "%.1f", 100 * Double(tally.taken) / Double(max(tally.inputs, 1)))
        let slowest = String(format: "%.1f", Double(tally.slowestNanoseconds) / 1e6)
        print(
            target.name.padding(toLength: 20, withPad: " ", startingAt: 0), right("\(tally.inputs)", 9),
            right(taken, 9), right("\(rate)", 10), right(slowest, 11), right("\(tally.findings.count)", 9))
        fflush(nil)
    }
}
