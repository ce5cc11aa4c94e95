import Analysis
import Foundation

// RhythmReadings FILE...: for each .f32 file (mono 32-bit floats, 22 050 Hz) writes a .json file beside it with the
// readings of its pulse. A reading that exists is made again: it depends on the product's sources.
for path in CommandLine.arguments.dropFirst() {
    let url = URL(fileURLWithPath: path)
    let samples = try Data(contentsOf: url).withUnsafeBytes { bytes in
        (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    let encoded = try JSONEncoder().encode(Readings(of: samples))
    try encoded.write(to: url.deletingPathExtension().appendingPathExtension("json"))
}
