import Files
package import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where in a stored timeline's JSON its events, beats and loudness values lie, in chunks: what makes a window of a
/// timeline of a million events as cheap to read as one of a thousand.
///
/// The index is a blob of its own beside the JSON. Each chunk has the digest of its bytes, so that a read is checked
/// without reading the rest.
package struct TimelineIndex: Sendable {
    /// A run of elements of one of the document's arrays.
    package struct Chunk: Sendable, Hashable {
        /// Bytes of the document, without the comma behind the last element.
        package var bytes: Range<Int64>
        /// Number of the first element in the whole array, and how many there are.
        package var firstIndex: Int
        package var count: Int
        /// Events: start of the first. Beats: time of the first.
        package var firstMs: Int
        /// Events: the latest end. Beats: time of the last.
        package var lastMs: Int
        /// Events: milliseconds by kind, in the order of `EventKind.allCases`. Beats: the downbeats, then zeros.
        package var totals: SIMD4<Int64>
        /// SHA-256 of the bytes.
        package var digest: SIMD32<UInt8>
    }

    /// The summary without events, beats and loudness values.
    package var skeleton: AudioSemanticTimelineSummary
    package var events: [Chunk] = []
    package var beats: [Chunk] = []
    package var loudness: [Chunk] = []
    /// Bytes of the whole document.
    package var documentSize: Int64 = 0

    package init(skeleton: AudioSemanticTimelineSummary) {
        self.skeleton = skeleton
    }

    /// The chunks with something in `[fromMs, toMs)`, told by their own bounds.
    ///
    /// Chunks are in the order of their first time, so that those behind the window are never looked at. One long event
    /// may reach into the window from any chunk before it: those are looked at, a comparison each.
    package static func chunks(_ chunks: [Chunk], overlapping fromMs: Int, _ toMs: Int) -> [Chunk] {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].firstMs < toMs { low = middle + 1 } else { high = middle }
        }
        return chunks[..<low].filter { $0.lastMs > fromMs }
    }

    package var eventCount: Int { events.last.map { $0.firstIndex + $0.count } ?? 0 }
    package var loudnessCount: Int { loudness.last.map { $0.firstIndex + $0.count } ?? 0 }

    // MARK: - As bytes

    private static let magic = Array("CUEIDX01".utf8)
    private static let chunkBytes = 7 * 8 + 4 * 8 + 32

    /// A mark, four counts and the document's size, the skeleton's JSON, then the chunks; numbers are 64-bit
    /// little-endian.
    package func serialized() throws -> [UInt8] {
        let json = [UInt8](try TimelineJSON.encode(skeleton))
        var bytes = Self.magic
        for count in [json.count, events.count, beats.count, loudness.count] { bytes.append(number: Int64(count)) }
        bytes.append(number: documentSize)
        bytes += json
        for chunk in events + beats + loudness {
            bytes.append(number: chunk.bytes.lowerBound)
            bytes.append(number: chunk.bytes.upperBound)
            for number in [chunk.firstIndex, chunk.count, chunk.firstMs, chunk.lastMs, 0] {
                bytes.append(number: Int64(number))
            }
            for slot in 0..<4 { bytes.append(number: chunk.totals[slot]) }
            for place in 0..<32 { bytes.append(chunk.digest[place]) }
        }
        return bytes
    }

    /// Reads ``serialized()``; nil for bytes that are none.
    package init?(serialized bytes: [UInt8]) {
        var reader = NumberReader(bytes: bytes)
        guard reader.take(Self.magic.count) == Self.magic[...] else { return nil }
        var counts: [Int] = []
        for _ in 0..<4 {
            guard let number = reader.number(), let count = Int(exactly: number), (0...bytes.count).contains(count)
            else { return nil }
            counts.append(count)
        }
        guard let size = reader.number(), let json = reader.take(counts[0]),
            let skeleton = try? TimelineJSON.decode(AudioSemanticTimelineSummary.self, from: Data(json))
        else { return nil }
        self.init(skeleton: skeleton)
        documentSize = size
        for (count, path) in zip(counts[1...], [\TimelineIndex.events, \.beats, \.loudness]) {
            guard let chunks = reader.chunks(count, within: size) else { return nil }
            self[keyPath: path] = chunks
        }
    }

    /// Takes numbers and chunks from bytes.
    private struct NumberReader {
        /// Beyond these is no timeline; they can be added and subtracted.
        private static let times = -(1 << 53)...(1 << 53)

        let bytes: [UInt8]
        var position = 0

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count >= 0, count <= bytes.count - position else { return nil }
            defer { position += count }
            return bytes[position..<(position + count)]
        }

        mutating func number() -> Int64? {
            guard let slice = take(8) else { return nil }
            return slice.reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        }

        mutating func chunks(_ count: Int, within size: Int64) -> [Chunk]? {
            guard count <= (bytes.count - position) / TimelineIndex.chunkBytes else { return nil }
            var chunks: [Chunk] = []
            chunks.reserveCapacity(count)
            var (lastByte, lastIndex) = (Int64(0), 0)
            for _ in 0..<count {
                var numbers: [Int64] = []
                for _ in 0..<11 {
                    guard let number = number() else { return nil }
                    numbers.append(number)
                }
                guard numbers[0] >= lastByte, numbers[0] <= numbers[1], numbers[1] <= size, let digest = take(32)
                else { return nil }
                let whole = numbers[2..<6].map { Int(clamping: $0) }
                // Chunks follow each other, and no time nor sum of times is beyond what a timeline may hold.
                guard whole[0] == lastIndex, (0...(1 << 40)).contains(whole[1]),
                    (whole[2...] + numbers[7...].map { Int(clamping: $0) }).allSatisfy(Self.times.contains)
                else { return nil }
                (lastByte, lastIndex) = (numbers[1], whole[0] + whole[1])
                chunks.append(
                    Chunk(
                        bytes: numbers[0]..<numbers[1], firstIndex: whole[0], count: whole[1], firstMs: whole[2],
                        lastMs: whole[3], totals: SIMD4(numbers[7...]), digest: SIMD32(digest)))
            }
            return chunks
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(number: Int64) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
