import Crypto
import Files
import Signal

/// Collects the samples of the piece that is being heard and hands out its chunks when the piece's end is known.
struct SpeechPieces {
    /// Mono at 16 kHz from ``offset`` on.
    private var samples: [Float] = []
    /// Index of the first kept sample in the recording.
    private var offset = 0
    /// Number of the piece that is being heard, from 1, and where it starts in seconds.
    private var number = 1
    private var start = 0.0

    /// A piece whose end is known, with the samples of its chunks.
    final class Piece {
        /// Seconds from the recording's zero.
        let end: Double
        let chunks: [SpeechPlan.Chunk]
        /// Of each chunk, mono at 16 kHz; empty for those that were taken.
        private var samples: [[Float]]
        /// SHA-256 of all samples.
        let digest: String

        fileprivate init(end: Double, chunks: [SpeechPlan.Chunk], samples: [[Float]]) {
            self.end = end
            self.chunks = chunks
            self.samples = samples
            var hash = SHA256()
            for part in samples { part.withUnsafeBytes { hash.update(bufferPointer: $0) } }
            digest = hexadecimal(hash.finalize())
        }

        /// The samples of one of its chunks.
        func samples(of chunk: Int) -> [Float] { samples[chunk] }

        /// Chunks with their samples, which the piece no longer has.
        func take(_ places: Range<Int>) -> [Transcriber.Part] {
            places.map { place in
                defer { samples[place] = [] }
                return Transcriber.Part(chunk: chunks[place], samples: samples[place])
            }
        }
    }

    mutating func append(_ block: UnsafeBufferPointer<Float>) { samples.append(contentsOf: block) }

    /// The next piece, if enough was heard to know where it ends.
    mutating func nextPiece(_ detector: SileroVoiceDetector) -> Piece? {
        let known = Double(detector.count) * VoiceActivity.hopSeconds
        let needed = Double(number) * SpeechPlan.pieceLength + SpeechPlan.pieceReach + 1
        guard known >= needed else { return nil }
        let activity = VoiceActivity(probabilities: detector.probabilities)
        return close(at: SpeechPlan.pieceEnd(number, activity: activity, duration: .infinity), activity)
    }

    /// What is left of the recording, piece by piece; nil when nothing is left.
    mutating func lastPiece(activity: VoiceActivity, duration: Double) -> Piece? {
        guard start < duration else { return nil }
        return close(at: SpeechPlan.pieceEnd(number, activity: activity, duration: duration), activity)
    }

    func save(to writer: inout StateWriter) {
        writer.write(samples)
        writer.write([offset, number])
        writer.write(start)
    }

    mutating func restore(from reader: inout StateReader) throws {
        samples = try reader.values()
        let numbers: [Int] = try reader.values()
        guard numbers.count == 2 else { throw StateReader.Mismatch() }
        (offset, number) = (numbers[0], numbers[1])
        start = try reader.value()
    }

    private mutating func close(at end: Double, _ activity: VoiceActivity) -> Piece {
        let chunks = SpeechPlan.chunks(from: start, to: end, activity: activity)
        let parts = chunks.map { chunk in
            let first = min(max(Int(chunk.start * rate) - offset, 0), samples.count)
            return Array(samples[first..<min(max(Int(chunk.end * rate) - offset, first), samples.count)])
        }
        let done = min(max(Int(end * rate) - offset, 0), samples.count)
        samples = Array(samples[done...])
        offset += done
        number += 1
        start = end
        return Piece(end: end, chunks: chunks, samples: parts)
    }
}

private let rate = Double(VoiceActivity.sampleRateHz)
