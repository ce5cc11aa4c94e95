import Interchange
import Media

/// Reads the outline of a recording.
enum WaveformReader {
    /// Extremes over 5 ms, of longer recordings over 20 or 100 ms, of all channels together.
    ///
    /// - Parameter onProgress: is told how much of the recording is read, 0…1.
    /// - Throws: `MediaError`; `CancellationError`.
    static func waveform(
        of path: String, stream: Int, durationMs: Int, onProgress: @escaping @Sendable (Double) -> Void
    ) async throws -> TimelinePage.Waveform {
        let hopMs = durationMs <= 600_000 ? 5.0 : durationMs <= 7_200_000 ? 20 : 100
        return try await AudioDecoder().withDecodedAudio(of: path, stream: stream) { audio in
            var outline = Outline(
                hopMs: hopMs,
                samplesPerHop: Double(audio.format.sampleRateHz * audio.format.channelCount) * hopMs / 1000)
            for try await block in audio {
                outline.hear(block)
                onProgress(outline.heardMs / max(1, Double(durationMs)))
            }
            return outline.finished()
        }
    }

    private struct Outline {
        private var waveform: TimelinePage.Waveform
        private let samplesPerHop: Double
        private var low: Float = 0
        private var high: Float = 0
        private var heard = 0.0
        private var nextEdge: Double

        init(hopMs: Double, samplesPerHop: Double) {
            waveform = TimelinePage.Waveform(hopMs: hopMs)
            self.samplesPerHop = max(samplesPerHop, 1)
            nextEdge = self.samplesPerHop
        }

        /// Milliseconds that are in the outline.
        var heardMs: Double { Double(waveform.minima.count) * waveform.hopMs }

        mutating func hear(_ block: [Float]) {
            var start = 0
            while start < block.count {
                let room = max(1, Int((nextEdge - heard).rounded(.up)))
                let end = min(block.count, start + room)
                for sample in block[start..<end] {
                    low = min(low, sample)
                    high = max(high, sample)
                }
                heard += Double(end - start)
                start = end
                if heard >= nextEdge { close() }
            }
        }

        private mutating func close() {
            waveform.minima.append(Int8(max(-127, min(0, low * 127))))
            waveform.maxima.append(Int8(max(0, min(127, high * 127))))
            (low, high) = (0, 0)
            nextEdge += samplesPerHop
        }

        consuming func finished() -> TimelinePage.Waveform {
            if nextEdge - heard < samplesPerHop { close() }
            return waveform
        }
    }
}
