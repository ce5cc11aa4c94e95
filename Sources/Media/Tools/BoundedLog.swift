/// Keeps the beginning and the end of a text of any length.
struct BoundedLog: Sendable {
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private let half: Int
    private var isCut = false

    /// - Parameter limit: About how many bytes are kept, half from each end.
    init(limit: Int) {
        half = max(limit / 2, 1)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let room = min(half - head.count, bytes.count)
        head.append(contentsOf: bytes.prefix(room))
        tail.append(contentsOf: bytes.dropFirst(room).suffix(half))
        isCut = isCut || bytes.count - room > half
        if tail.count > 2 * half {
            tail.removeFirst(tail.count - half)
            isCut = true
        }
    }

    var text: String {
        let end = tail.suffix(half)
        let gap = isCut || end.count < tail.count ? "\n[…]\n" : ""
        return String(decoding: head, as: UTF8.self) + gap + String(decoding: end, as: UTF8.self)
    }
}
