import Foundation
import Signal

/// 1 kHz sines in steps of level, as EBU Tech 3341 and 3342 describe their test signals.
struct Tones {
    let rate = isDebugBuild ? 8000 : 48_000
    private(set) var meter: LoudnessMeter?
    private let channels: Int
    private var position = 0

    init(channels: Int = 2) {
        self.channels = channels
        meter = LoudnessMeter(sampleRate: rate, channelCount: channels)
    }

    /// Adds a tone of one peak level in dBFS (nil: silence) in all channels.
    mutating func add(_ level: Double?, seconds: Double) {
        add([Double?](repeating: level, count: channels), seconds: seconds)
    }

    /// Adds a tone with a peak level a channel.
    mutating func add(_ levels: [Double?], seconds: Double) {
        let period = rate / 1000
        let amplitudes = levels.map { $0.map { pow(10, $0 / 20) } ?? 0 }
        let wave = (0..<period).map { sin(2 * Double.pi * Double($0) / Double(period)) }
        let frames = wave.map { sample in amplitudes.map { Float($0 * sample) } }
        let count = Int((seconds * Double(rate)).rounded())
        var block: [Float] = []
        for index in 0..<count {
            block.append(contentsOf: frames[(position + index) % period])
            if block.count >= 8192 {
                meter?.process(block)
                block.removeAll(keepingCapacity: true)
            }
        }
        meter?.process(block)
        position += count
    }

    func measure() throws -> LoudnessMeasurement {
        guard let meter else { throw CancellationError() }
        return meter.finish()
    }
}
