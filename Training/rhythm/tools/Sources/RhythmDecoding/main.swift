import Analysis
import Foundation
import TimelineModel

// RhythmDecoding FILE...: beats of activations by the product's own decoder, one line of JSON for each file.
// A file holds little-endian Float32, `[frames][2]`: the logits of beats and downbeats. Everything counts as music.

for path in CommandLine.arguments.dropFirst() {
    guard let data = FileManager.default.contents(atPath: path), data.count % 8 == 0 else {
        FileHandle.standardError.write(Data("\(path) cannot be read\n".utf8))
        exit(66)
    }
    let logits = data.withUnsafeBytes { bytes in
        (0..<data.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    let music = [LayerSegment(start: 0, end: Double(logits.count), confidence: 1)]
    let result = RhythmTracker.beats(logits: logits, music: music)
    let line: [String: Any] = [
        "name": URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent,
        "beats": result.beats.map(\.time),
        "confidences": result.beats.map(\.confidence),
        "downbeats": result.beats.filter { $0.beatInBar == 1 }.map(\.time),
        "tempo": result.tempoBPM ?? 0,
    ]
    FileHandle.standardOutput.write(
        try JSONSerialization.data(withJSONObject: line, options: [.sortedKeys]) + Data("\n".utf8))
}
