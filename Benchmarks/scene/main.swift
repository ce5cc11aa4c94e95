import Analysis
import Foundation

// scene-bench OUTPUT FILE...: what voice activity and the scene cost together. Each file holds mono Float32 samples at
// 16 000 Hz, which are read in pieces, so that memory is the stages' own. OUTPUT gets the seconds of sound, the CPU
// seconds of both stages and of the scene alone, and the peak resident memory of the process.

func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Of this program alone: on Linux, `getrusage` counts what the parent had when it started it.
func peakMegabytes() -> Double {
    #if os(Linux)
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
        return (kilobytes ?? .nan) * 1024 / 1e6
    #else
        var usage = rusage()
        getrusage(RUSAGE_SELF, &usage)
        return Double(usage.ru_maxrss) / 1e6
    #endif
}

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("\(message)\n".utf8))
    exit(69)
}

let configuration = try AnalysisConfiguration(environment: ProcessInfo.processInfo.environment)
guard let model = ModelCatalog(configuration: configuration).voiceActivityModel else {
    fail("no voice activity model is installed; scripts/bootstrap fetches it")
}
var seconds = 0.0
var voiceCPU = 0.0
var sceneCPU = 0.0
for path in CommandLine.arguments.dropFirst(2) {
    guard let file = FileHandle(forReadingAtPath: path) else { fail("\(path) cannot be read") }
    let detector = try SileroVoiceDetector(path: model.path)
    let scene = SceneAnalyzer()
    while let piece = try file.read(upToCount: 1 << 18), piece.count >= 4 {
        seconds += Double(piece.count / 4) / Double(SceneAnalyzer.sampleRateHz)
        try piece.withUnsafeBytes { bytes in
            let samples = bytes.bindMemory(to: Float.self)
            let begun = cpuSeconds()
            _ = try detector.append(samples)
            let heard = cpuSeconds()
            scene.append(samples)
            voiceCPU += heard - begun
            sceneCPU += cpuSeconds() - heard
        }
    }
    let begun = cpuSeconds()
    let voice = try detector.finish()
    let heard = cpuSeconds()
    _ = scene.finish(voice: voice, minSilenceMs: 500)
    voiceCPU += heard - begun
    sceneCPU += cpuSeconds() - heard
}
let output = [
    "seconds": seconds, "cpu_seconds": voiceCPU + sceneCPU, "scene_cpu_seconds": sceneCPU,
    "peak_megabytes": peakMegabytes(),
]
try JSONSerialization.data(withJSONObject: output).write(to: URL(fileURLWithPath: CommandLine.arguments[1]))
