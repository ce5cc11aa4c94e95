import NIOCore
import Server
import Testing

/// A part and its data.
struct ReceivedPart: Equatable {
    var part: MultipartPart
    var data: [UInt8]

    init(_ part: MultipartPart, _ data: some Sequence<UInt8>) {
        self.part = part
        self.data = Array(data)
    }

    init(_ part: MultipartPart, _ data: String) {
        self.init(part, data.utf8)
    }
}

/// BufferSequence that arrive one after the other.
struct BufferSequence: AsyncSequence {
    var buffers: [ByteBuffer]

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<ByteBuffer>

        mutating func next() async -> ByteBuffer? { rest.popFirst() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: buffers[...]) }
}

extension [UInt8] {
    /// The bytes in buffers of these sizes.
    func cut(_ size: () -> Int) -> [ByteBuffer] {
        var buffers: [ByteBuffer] = []
        var rest = self[...]
        while !rest.isEmpty {
            let next = rest.prefix(size())
            buffers.append(ByteBuffer(bytes: next))
            rest = rest.dropFirst(next.count)
        }
        return buffers
    }

    /// Where other bytes stand first.
    func firstIndex(of part: [UInt8]) -> Int? {
        guard count >= part.count else { return nil }
        return (0...count - part.count).first { self[$0..<$0 + part.count].elementsEqual(part) }
    }
}

/// All parts of a form whose boundary is `bnd`.
func receivedParts(_ buffers: [ByteBuffer]) async throws -> [ReceivedPart] {
    var reader = MultipartReader(BufferSequence(buffers: buffers), boundary: "bnd")
    var parts: [ReceivedPart] = []
    while let part = try await reader.nextPart() {
        var data: [UInt8] = []
        while let chunk = try await reader.nextChunk() {
            #expect(chunk.readableBytes > 0)
            data += chunk.readableBytesView
        }
        parts.append(ReceivedPart(part, data))
    }
    return parts
}
