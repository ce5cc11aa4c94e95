import Analysis
import Foundation
import TimelineModel

// beats-bench OUTPUT FILE...: what the rhythm stage alone costs. Each file holds mono Float32 samples at 22 050 Hz, which are
// read in pieces, so that memory is the stage's own. OUTPUT gets beats by file name, the seconds of sound, and the
// CPU seconds of features, network and decoding. Nothing is said about music: beats are given where the pulse is clear.

func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

var results: [String: [String: [Double]]] = [:]
var seconds = 0.0
var cpu = 0.0
for path in CommandLine.arguments.dropFirst(2) {
    guard let file = FileHandle(forReadingAtPath: path) else {
        FileHandle.standardError.write(Data("\(path) cannot be read\n".utf8))
        exit(66)
    }
    let tracker = RhythmTracker()
    while let piece = try file.read(upToCount: 1 << 18), piece.count >= 4 {
        seconds += Double(piece.count / 4) / Double(RhythmTracker.sampleRateHz)
        let begun = cpuSeconds()
        piece.withUnsafeBytes { tracker.append($0.bindMemory(to: Float.self)) }
        cpu += cpuSeconds() - begun
    }
    let begun = cpuSeconds()
    let found = tracker.finish(music: nil)
    cpu += cpuSeconds() - begun
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    results[name] = [
        "beats": found.beats.map(\.time), "downbeats": found.beats.filter { $0.beatInBar == 1 }.map(\.time),
    ]
}
let output: [String: Any] = ["results": results, "seconds": seconds, "cpu_seconds": cpu]
try JSONSerialization.data(withJSONObject: output).write(to: URL(fileURLWithPath: CommandLine.arguments[1]))
