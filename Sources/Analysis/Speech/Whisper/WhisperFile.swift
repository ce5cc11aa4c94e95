import CDense
import Files

/// A Whisper model in ggml form, as whisper.cpp and its tools write it: looked through once, its numbers read when asked for.
///
/// Little-endian: a magic number, eleven whole numbers, the mel filters, the vocabulary's plain tokens, then the tensors one behind the
/// other, each with its count of dimensions, the length of its name, its kind, its dimensions (the one that changes fastest first), its
/// name and its numbers.
package struct WhisperFile {
    /// Sizes of the network.
    package struct Shape: Sendable, Hashable {
        /// Tokens, special ones included.
        package var vocabulary: Int
        /// Frames of 20 ms that the encoder sees at most.
        var audioContext: Int
        /// Numbers of a frame and of a token; heads have 64 of them.
        var width: Int
        var audioLayers: Int
        /// Tokens that the decoder sees at most.
        var textContext: Int
        var textLayers: Int
        var mels: Int

        var heads: Int { width / Shape.headWidth }
        var isMultilingual: Bool { vocabulary >= 51_865 }

        static let headWidth = 64
    }

    /// How numbers are kept: blocks of 1 or 32, with their bytes.
    private enum Kind: Int {
        case float = 0
        case half = 1
        case fourBits = 2
        case fourBitsFromLeast = 3
        case fiveBits = 6
        case fiveBitsFromLeast = 7
        case bytes = 8

        var blockCount: Int { self == .float || self == .half ? 1 : 32 }

        var blockBytes: Int {
            switch self {
            case .float: 4
            case .half: 2
            case .fourBits: 18
            case .fourBitsFromLeast: 20
            case .fiveBits: 22
            case .fiveBitsFromLeast: 24
            case .bytes: 34
            }
        }
    }

    private struct Entry {
        var kind: Kind
        /// Without those of one; the one that changes fastest first.
        var dimensions: [Int]
        var offset: Int64
    }

    package let shape: Shape
    /// The bytes of each plain token.
    package let tokens: [[UInt8]]
    private let file: OpenFile
    private let entries: [String: Entry]

    /// - Throws: ``AnalysisError`` `backendUnavailable` when the file cannot be read or is no such model.
    package init(path: String) throws {
        guard let file = try? OpenFile(path: path, for: .reading), file.isRegularFile, let stamp = file.stamp else {
            throw AnalysisError(.backendUnavailable, "the Whisper model cannot be read")
        }
        guard let contents = try? Self.look(through: file, length: Int64(stamp.size)) else { throw Self.damaged }
        self.file = file
        (shape, tokens, entries) = contents
    }

    static let damaged = AnalysisError(
        .backendUnavailable, "the Whisper model cannot be used: it is no ggml file of Whisper, or damaged")

    private static func look(
        through file: OpenFile, length: Int64
    ) throws -> (Shape, [[UInt8]], [String: Entry])? {
        // Filters and vocabulary take less than a megabyte.
        var reader = ModelReader(try file.read(at: 0, count: 4 << 20))
        guard reader.word() == 0x6767_6d6c, let numbers = reader.integers(11), let shape = shape(of: numbers),
            let filters = reader.integers(2), filters == [shape.mels, 201],
            reader.take(filters[0] * filters[1] * 4) != nil,
            let count = reader.integer(), (0...shape.vocabulary).contains(count)
        else { return nil }
        var tokens: [[UInt8]] = []
        for _ in 0..<count {
            guard let size = reader.integer(), let bytes = reader.take(size) else { return nil }
            tokens.append(Array(bytes))
        }
        var entries: [String: Entry] = [:]
        var offset = Int64(reader.offset)
        while offset < length {
            guard let (name, entry) = try entry(in: file, at: offset) else { return nil }
            // No kind has more than two numbers a byte.
            var count = 1
            for dimension in entry.dimensions {
                guard count <= 2 * Int(length) / dimension else { return nil }
                count *= dimension
            }
            guard count % entry.kind.blockCount == 0 else { return nil }
            offset = entry.offset + Int64(count / entry.kind.blockCount * entry.kind.blockBytes)
            guard offset <= length, entries.updateValue(entry, forKey: name) == nil else { return nil }
        }
        return (shape, tokens, entries)
    }

    private static func shape(of numbers: [Int]) -> Shape? {
        let (heads, textHeads) = (numbers[3], numbers[7])
        let shape = Shape(
            vocabulary: numbers[0], audioContext: numbers[1], width: numbers[2], audioLayers: numbers[4],
            textContext: numbers[5], textLayers: numbers[8], mels: numbers[9])
        guard (51_864...60_000).contains(shape.vocabulary), (64...1500).contains(shape.audioContext),
            (64...4096).contains(shape.width), shape.width % Shape.headWidth == 0, numbers[6] == shape.width,
            heads == shape.heads, textHeads == heads, (1...64).contains(shape.audioLayers),
            (1...64).contains(shape.textLayers), (64...4096).contains(shape.textContext),
            [80, 128].contains(shape.mels)
        else { return nil }
        return shape
    }

    private static func entry(in file: OpenFile, at offset: Int64) throws -> (String, Entry)? {
        var reader = ModelReader(try file.read(at: offset, count: 256))
        guard let head = reader.integers(3), (1...4).contains(head[0]), (1...200).contains(head[1]),
            let kind = Kind(rawValue: head[2]), let dimensions = reader.integers(head[0]),
            dimensions.allSatisfy({ (1...100_000).contains($0) }), let name = reader.take(head[1])
        else { return nil }
        let entry = Entry(
            kind: kind, dimensions: dimensions.filter { $0 != 1 }, offset: offset + Int64(reader.offset))
        return (String(decoding: name, as: UTF8.self), entry)
    }

    /// The numbers of a tensor of these dimensions (the one that changes fastest first).
    package func numbers(_ name: String, _ dimensions: Int...) throws -> [Float] {
        let entry = try entry(name, dimensions)
        var result = [Float](repeating: 0, count: dimensions.reduce(1, *))
        try result.withUnsafeMutableBufferPointer { result in
            guard let target = result.baseAddress else { return }
            try read(entry, from: 0, count: result.count, into: target)
        }
        return result
    }

    /// The rows of a matrix, some at a time.
    ///
    /// - Parameter body: receives the number of the first row, `[rows][width]` numbers and the count of rows.
    func rows(_ name: String, width: Int, height: Int, body: (Int, UnsafePointer<Float>, Int) -> Void) throws {
        let entry = try entry(name, [width, height])
        let some = 512
        let block = UnsafeMutablePointer<Float>.allocate(capacity: some * width)
        defer { block.deallocate() }
        for first in stride(from: 0, to: height, by: some) {
            let rows = min(some, height - first)
            try read(entry, from: first * width, count: rows * width, into: block)
            body(first, block, rows)
        }
    }

    private func entry(_ name: String, _ dimensions: [Int]) throws -> Entry {
        guard let entry = entries[name], entry.dimensions == dimensions.filter({ $0 != 1 }) else { throw Self.damaged }
        return entry
    }

    /// Reads `count` numbers from the number `first` on; both multiples of the kind's block.
    private func read(_ entry: Entry, from first: Int, count: Int, into target: UnsafeMutablePointer<Float>) throws {
        let kind = entry.kind
        guard first % kind.blockCount == 0, count % kind.blockCount == 0 else { throw Self.damaged }
        let length = count / kind.blockCount * kind.blockBytes
        let offset = entry.offset + Int64(first / kind.blockCount * kind.blockBytes)
        guard let bytes = try? file.read(at: offset, count: length), bytes.count == length else { throw Self.damaged }
        bytes.withUnsafeBytes { bytes in
            switch kind {
            case .float:
                for index in 0..<count {
                    let bits = bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
                    target[index] = Float(bitPattern: UInt32(littleEndian: bits))
                }
            case .half:
                guard let halves = bytes.baseAddress else { return }
                // Arrays are aligned to 16 bytes.
                cdense_halves(halves.assumingMemoryBound(to: UInt16.self), count, target)
            default:
                for block in 0..<(count / 32) {
                    Self.spread(bytes, at: block * kind.blockBytes, kind: kind, into: target + block * 32)
                }
            }
        }
        guard (0..<count).allSatisfy({ target[$0].isFinite }) else { throw Self.damaged }
    }

    /// 32 numbers of a block: a scale, for some kinds a least number, for some a fifth bit of each, then the whole numbers.
    private static func spread(
        _ bytes: UnsafeRawBufferPointer, at start: Int, kind: Kind, into target: UnsafeMutablePointer<Float>
    ) {
        func half(_ offset: Int) -> Float {
            number(half: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: start + offset, as: UInt16.self)))
        }
        let scale = half(0)
        if kind == .bytes {
            for index in 0..<32 { target[index] = scale * Float(Int8(bitPattern: bytes[start + 2 + index])) }
            return
        }
        let hasLeast = kind == .fourBitsFromLeast || kind == .fiveBitsFromLeast
        let hasFifth = kind == .fiveBits || kind == .fiveBitsFromLeast
        let least = hasLeast ? half(2) : 0
        let middle = hasLeast ? 0 : hasFifth ? 16 : 8
        let fifths = start + (hasLeast ? 4 : 2)
        let nibbles = fifths + (hasFifth ? 4 : 0)
        for index in 0..<32 {
            let byte = Int(bytes[nibbles + index % 16])
            let fifth = hasFifth ? Int(bytes[fifths + index / 8] >> (index % 8) & 1) << 4 : 0
            target[index] = Float((index < 16 ? byte & 15 : byte >> 4) + fifth - middle) * scale + least
        }
    }
}
