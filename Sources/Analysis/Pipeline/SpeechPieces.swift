import Crypto
import Files
import Signal

/// Collects the samples of the piece that is being heard and hands out its chunks when the piece's end is known.
struct SpeechPieces {
    private var samples = SampleBlocks()
    /// Number of the piece that is being heard, from 1, and where it starts in seconds.
    private var number = 1
    private var start = 0.0

    /// A piece whose end is known, with the samples of its chunks.
    final class Piece {
        /// Seconds from the recording's zero.
        let end: Double
        let chunks: [SpeechPlan.Chunk]
        /// Of each chunk, mono at 16 kHz.
        private let samples: [[Float]]
        /// SHA-256 of all samples.
        let digest: String

        init(end: Double, chunks: [SpeechPlan.Chunk], samples: [[Float]]) {
            self.end = end
            self.chunks = chunks
            self.samples = samples
            var hash = SHA256()
            for part in samples { part.withUnsafeBytes { hash.update(bufferPointer: $0) } }
            digest = hexadecimal(hash.finalize())
        }

        func save(to writer: inout StateWriter) {
            writer.write(end)
            writer.write(chunks.count)
            for (chunk, part) in zip(chunks, samples) {
                writer.write(chunk.times)
                writer.write(part)
            }
        }

        convenience init(from reader: inout StateReader) throws {
            let end: Double = try reader.value()
            let count: Int = try reader.value()
            var chunks: [SpeechPlan.Chunk] = []
            var samples: [[Float]] = []
            while chunks.count < count {
                guard let chunk = SpeechPlan.Chunk(times: try reader.values()) else { throw StateReader.Mismatch() }
                chunks.append(chunk)
                samples.append(try reader.values())
            }
            self.init(end: end, chunks: chunks, samples: samples)
        }

        /// Some of its chunks as a piece of their own.
        func part(_ places: Range<Int>) -> Piece {
            let end = places.upperBound < chunks.count ? chunks[places.upperBound].start : end
            return Piece(end: end, chunks: Array(chunks[places]), samples: Array(samples[places]))
        }

        /// The samples of one of its chunks.
        func samples(of chunk: Int) -> [Float] { samples[chunk] }

        /// Chunks one after the other, as many as are no longer together than `seconds`.
        func stretches(of seconds: Double) -> [Range<Int>] {
            let most = Int(seconds * rate)
            var result: [Range<Int>] = []
            var length = 0
            for place in chunks.indices {
                let more = samples[place].count
                if let last = result.last, length + more <= most {
                    result[result.count - 1] = last.lowerBound..<place + 1
                    length += more
                } else {
                    result.append(place..<place + 1)
                    length = more
                }
            }
            return result
        }

        /// A chunk with its samples.
        ///
        /// - Parameter said: tokens of what is said around it.
        func chunk(_ place: Int, said: [Int] = []) -> Transcriber.Part {
            Transcriber.Part(chunk: chunks[place], samples: samples[place], said: said)
        }
    }

    mutating func append(_ block: UnsafeBufferPointer<Float>) { samples.append(block) }

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

    /// Chunks at the beginning of the piece that is being heard, which no further sound changes.
    func settledChunks(_ detector: SileroVoiceDetector) -> [SpeechPlan.Chunk] {
        let known = Double(detector.count) * VoiceActivity.hopSeconds
        let activity = VoiceActivity(probabilities: detector.probabilities)
        // A cut looks no further than a chunk ahead; and before this nothing can be a piece's end.
        let sure = min(
            known - 2 * SpeechPlan.longestChunk, Double(number) * SpeechPlan.pieceLength - SpeechPlan.pieceReach)
        return SpeechPlan.chunks(from: start, to: known, activity: activity).prefix { $0.end < sure }.map(\.self)
    }

    /// Some chunks of the piece that is being heard, as a piece of their own.
    func part(_ chunks: [SpeechPlan.Chunk]) -> Piece {
        Piece(end: chunks.last?.end ?? start, chunks: chunks, samples: chunks.map(samples(of:)))
    }

    private func samples(of chunk: SpeechPlan.Chunk) -> [Float] {
        let first = Int(chunk.start * rate)
        return samples[first..<max(first, Int(chunk.end * rate))]
    }

    func save(to writer: inout StateWriter) {
        samples.save(to: &writer)
        writer.write(number)
        writer.write(start)
    }

    mutating func restore(from reader: inout StateReader) throws {
        try samples.restore(from: &reader)
        number = try reader.value()
        start = try reader.value()
    }

    private mutating func close(at end: Double, _ activity: VoiceActivity) -> Piece {
        let chunks = SpeechPlan.chunks(from: start, to: end, activity: activity)
        let parts = chunks.map { chunk in
            // What is copied is let go of at once: a piece is not in memory twice.
            samples.drop(before: Int(chunk.start * rate))
            return samples(of: chunk)
        }
        samples.drop(before: Int(end * rate))
        number += 1
        start = end
        return Piece(end: end, chunks: chunks, samples: parts)
    }
}

/// Samples in blocks of ten seconds, the first ones of which can be dropped.
private struct SampleBlocks {
    private static let blockSize = 10 * VoiceActivity.sampleRateHz

    /// All of them full but the last.
    private var blocks: [[Float]] = []
    /// Blocks that were dropped.
    private var dropped = 0

    mutating func append(_ samples: UnsafeBufferPointer<Float>) {
        var rest = samples[...]
        while !rest.isEmpty {
            if blocks.last.map({ $0.count == Self.blockSize }) ?? true {
                blocks.append([])
                blocks[blocks.count - 1].reserveCapacity(Self.blockSize)
            }
            let part = rest.prefix(Self.blockSize - blocks[blocks.count - 1].count)
            blocks[blocks.count - 1].append(contentsOf: part)
            rest = rest.dropFirst(part.count)
        }
    }

    /// Samples by their numbers in the recording; those that are not there are left out.
    subscript(range: Range<Int>) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(range.count)
        var position = dropped * Self.blockSize
        for block in blocks {
            let part = range.clamped(to: position..<(position + block.count))
            if !part.isEmpty { result += block[(part.lowerBound - position)..<(part.upperBound - position)] }
            position += block.count
        }
        return result
    }

    /// Lets go of blocks that lie before a sample.
    mutating func drop(before sample: Int) {
        let count = min(max(0, sample / Self.blockSize - dropped), max(0, blocks.count - 1))
        blocks.removeFirst(count)
        dropped += count
    }

    func save(to writer: inout StateWriter) {
        writer.write(dropped)
        writer.write(blocks.count)
        for block in blocks { writer.write(block) }
    }

    mutating func restore(from reader: inout StateReader) throws {
        dropped = try reader.value()
        let count: Int = try reader.value()
        guard dropped >= 0, (0...1000).contains(count) else { throw StateReader.Mismatch() }
        blocks = try (0..<count).map { _ in try reader.values() }
        guard blocks.dropLast().allSatisfy({ $0.count == Self.blockSize }), blocks.last?.count ?? 0 <= Self.blockSize
        else {
            throw StateReader.Mismatch()
        }
    }
}

private let rate = Double(VoiceActivity.sampleRateHz)
