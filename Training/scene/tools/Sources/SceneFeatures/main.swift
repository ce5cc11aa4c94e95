import Analysis
import Foundation
import Signal

// SceneFeatures FILE.s16 ...: writes FILE.mel (little-endian Float32, [frames][bands]) beside each raw 16 kHz file.
for path in CommandLine.arguments.dropFirst() {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let samples = data.withUnsafeBytes { raw in
        raw.bindMemory(to: Int16.self).map { Float($0) / 32768 }
    }
    let values = MelSpectrogram.frames(of: samples, options: SceneFrontEnd.options)
    let target = URL(fileURLWithPath: path).deletingPathExtension().appendingPathExtension("mel")
    try values.withUnsafeBytes { Data($0) }.write(to: target)
}
