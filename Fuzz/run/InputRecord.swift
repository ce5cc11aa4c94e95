#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a child is busy with, in a file that is mapped into its memory: it outlives whatever happens to the child.
struct InputRecord {
    /// Words before the input's bytes, in this order.
    enum Word: Int {
        case run
        case length
        case done
        /// Inputs that the parser took.
        case taken
        case slowestNanoseconds
        case slowestRun
    }

    private static let headBytes = 64
    private static let mostBytes = 2 << 20
    private let base: UnsafeMutableRawPointer

    /// Makes the file.
    init?(path: String) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let size = Self.headBytes + Self.mostBytes
        guard ftruncate(descriptor, off_t(size)) == 0,
            let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else { return nil }
        self.base = base
    }

    subscript(word: Word) -> UInt64 {
        get { base.load(fromByteOffset: word.rawValue * 8, as: UInt64.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: word.rawValue * 8, as: UInt64.self) }
    }

    /// Notes the input that comes next.
    func begin(run: Int, _ bytes: [UInt8]) {
        let count = min(bytes.count, Self.mostBytes)
        bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            memcpy(base + Self.headBytes, start, count)
        }
        self[.run] = UInt64(run)
        self[.length] = UInt64(count)
    }

    /// What a record holds, read from its file.
    struct Contents {
        let words: [UInt64]
        let bytes: [UInt8]

        init?(path: String, withBytes: Bool = true) {
            let descriptor = open(path, O_RDONLY)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var words = [UInt64](repeating: 0, count: InputRecord.headBytes / 8)
            guard pread(descriptor, &words, InputRecord.headBytes, 0) == InputRecord.headBytes else { return nil }
            self.words = words
            let length = withBytes ? min(Int(clamping: words[Word.length.rawValue]), InputRecord.mostBytes) : 0
            var bytes = [UInt8](repeating: 0, count: length)
            guard pread(descriptor, &bytes, length, off_t(InputRecord.headBytes)) == length else { return nil }
            self.bytes = bytes
        }

        subscript(word: Word) -> Int { Int(clamping: words[word.rawValue]) }
    }
}
