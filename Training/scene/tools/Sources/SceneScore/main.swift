import Analysis
import Foundation
import TimelineModel

// SceneScore OUT.json MIN_SILENCE_MS PROBABILITIES|none FILE.s16 ...
// Analyses raw 16 kHz mono files and writes the corpus scorer's result JSON. PROBABILITIES is a folder with one
// STEM.probs.json for each file: an array of the voice activity model's probabilities.
let arguments = CommandLine.arguments
guard arguments.count > 4 else {
    fatalError("usage: SceneScore OUT.json MIN_SILENCE_MS PROBABILITIES|none FILE.s16 ...")
}

struct Event: Encodable {
    var type: String
    var start: Double
    var end: Double
    var confidence: Double
}

struct Report: Encodable {
    var results: [String: [Event]]
    var x_rt: Double
}

var results: [String: [Event]] = [:]
var elapsed = Duration.zero
var seconds = 0.0
for path in arguments.dropFirst(4) {
    let file = URL(fileURLWithPath: path)
    let stem = file.deletingPathExtension().lastPathComponent
    let samples = try Data(contentsOf: file).withUnsafeBytes { raw in
        raw.bindMemory(to: Int16.self).map { Float($0) / 32768 }
    }
    var voice: VoiceActivity?
    if arguments[3] != "none" {
        let json = try Data(contentsOf: URL(fileURLWithPath: arguments[3] + "/" + stem + ".probs.json"))
        voice = VoiceActivity(probabilities: try JSONDecoder().decode([Float].self, from: json))
    }
    let began = ContinuousClock.now
    let analyzer = SceneAnalyzer()
    samples.withUnsafeBufferPointer { analyzer.append($0) }
    let layers = analyzer.finish(voice: voice, minSilenceMs: Int(arguments[2]) ?? 500)
    elapsed += ContinuousClock.now - began
    seconds += Double(samples.count) / Double(SceneAnalyzer.sampleRateHz)
    let named = [
        ("speech", layers.speech), ("music", layers.music), ("silence", layers.silence), ("other", layers.other),
    ]
    results[stem] = named.flatMap { name, segments in
        segments.map { Event(type: name, start: $0.start, end: $0.end, confidence: $0.confidence) }
    }
}
let encoder = JSONEncoder()
encoder.outputFormatting = .sortedKeys
try encoder.encode(Report(results: results, x_rt: seconds / (elapsed / .seconds(1)))).write(
    to: URL(fileURLWithPath: arguments[1]))
