import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A JSON object on one line, in the making.
struct JSONLine: Sendable {
    /// The text so far.
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(256)
    }

    /// Begins the object.
    mutating func open() {
        bytes.append(UInt8(ascii: "{"))
    }

    /// Ends the object and the line.
    mutating func close() {
        bytes.append(contentsOf: "}\n".utf8)
    }

    /// Adds a member to the object that was begun last.
    mutating func add(_ key: String, _ value: String) {
        add(key, .string(value))
    }

    /// Adds a member to the object that was begun last.
    mutating func add(_ key: String, _ value: Logger.MetadataValue) {
        separate(after: UInt8(ascii: "{"))
        append(key)
        bytes.append(UInt8(ascii: ":"))
        append(value)
    }

    /// Writes the line, at once unless the descriptor takes only a part of it.
    func write(to descriptor: Int32) {
        bytes.withUnsafeBytes { line in
            var rest = line[...]
            while !rest.isEmpty {
                let count = writeOnce(descriptor, UnsafeRawBufferPointer(rebasing: rest))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    private mutating func append(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): append(text)
        case .stringConvertible(let value): append(value.description)
        case .dictionary(let members):
            open()
            for (key, value) in members.sorted(by: { $0.key < $1.key }) { add(key, value) }
            bytes.append(UInt8(ascii: "}"))
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for element in elements {
                separate(after: UInt8(ascii: "["))
                append(element)
            }
            bytes.append(UInt8(ascii: "]"))
        }
    }

    /// Appends a comma unless an object or a list was just begun.
    private mutating func separate(after opening: UInt8) {
        if bytes.last != opening { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func append(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                for digit in [byte >> 4, byte & 15] {
                    bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                }
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// The system call, under a name that no method hides.
private func writeOnce(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
