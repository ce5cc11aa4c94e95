import Crypto
import Files
import Signal

/// Collects the samples of the piece that is being heard and hands out its chunks when the piece's end is known.
struct SpeechPieces {
    /// Mono at 16 kHz from ``offset`` on.
    private var samples: [Float] = []
    /// Index of the first kept sample in the recording.
    private var offset = 0
    private var activity = VoiceActivity()
    /// Number of the piece that is being heard, from 1, and where it starts in seconds.
    private var number = 1
    private var start = 0.0

    /// A piece whose end is known, with its samples.
    struct Piece {
        /// Seconds from the recording's zero.
        var end: Double
        var chunks: [SpeechPlan.Chunk]
        fileprivate var samples: [Float]
        fileprivate var offset: Int

        /// SHA-256 of the samples of its chunks.
        var digest: String {
            var hash = SHA256()
            samples.withUnsafeBytes { bytes in
                for chunk in chunks {
                    let places = places(of: chunk)
                    let range = (places.lowerBound * 4)..<(places.upperBound * 4)
                    hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[range]))
                }
            }
            return hexadecimal(hash.finalize())
        }

        /// The samples of one of its chunks, mono at 16 kHz.
        func samples(of chunk: SpeechPlan.Chunk) -> [Float] { Array(samples[places(of: chunk)]) }

        private func places(of chunk: SpeechPlan.Chunk) -> Range<Int> {
            let first = min(max(Int(chunk.start * rate) - offset, 0), samples.count)
            return first..<min(max(Int(chunk.end * rate) - offset, first), samples.count)
        }
    }

    mutating func append(_ block: UnsafeBufferPointer<Float>, probabilities: ArraySlice<Float>) {
        samples.append(contentsOf: block)
        activity.probabilities.append(contentsOf: probabilities)
    }

    /// The next piece, if enough was heard to know where it ends.
    mutating func nextPiece() -> Piece? {
        let known = Double(activity.probabilities.count) * VoiceActivity.hopSeconds
        let needed = Double(number) * SpeechPlan.pieceLength + SpeechPlan.pieceReach + 1
        guard known >= needed else { return nil }
        return close(at: SpeechPlan.pieceEnd(number, activity: activity, duration: .infinity))
    }

    /// What is left of the recording, piece by piece; nil when nothing is left.
    mutating func lastPiece(activity: VoiceActivity, duration: Double) -> Piece? {
        self.activity = activity
        guard start < duration else { return nil }
        return close(at: SpeechPlan.pieceEnd(number, activity: activity, duration: duration))
    }

    func save(to writer: inout StateWriter) {
        writer.write(samples)
        writer.write([offset, number])
        writer.write(start)
    }

    /// - Parameter probabilities: of speech, as far as they were heard.
    mutating func restore(from reader: inout StateReader, probabilities: [Float]) throws {
        samples = try reader.values()
        let numbers: [Int] = try reader.values()
        guard numbers.count == 2 else { throw StateReader.Mismatch() }
        (offset, number) = (numbers[0], numbers[1])
        start = try reader.value()
        activity.probabilities = probabilities
    }

    private mutating func close(at end: Double) -> Piece {
        let done = min(max(Int(end * rate) - offset, 0), samples.count)
        let rest = Array(samples[done...])
        let piece = Piece(
            end: end, chunks: SpeechPlan.chunks(from: start, to: end, activity: activity), samples: samples,
            offset: offset)
        samples = rest
        offset += done
        number += 1
        start = end
        return piece
    }
}

private let rate = Double(VoiceActivity.sampleRateHz)
