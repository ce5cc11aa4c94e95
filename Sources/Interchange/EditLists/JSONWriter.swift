import TimelineModel

/// Writes a JSON object member by member, indented: a list with a mark for each beat would be tens of millions of values
/// to an encoder.
///
/// Members come in the order in which they are written; those of a ``JSONValue`` sorted. Numbers that are not finite are
/// null.
struct JSONWriter {
    private var bytes: [UInt8] = []
    private var depth = 0
    /// Whether the next element of the array or object is its first.
    private var isFirst = true

    /// A document: one object.
    static func text(_ members: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.object(members)
        writer.put("\n")
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    mutating func member(_ key: String, _ value: JSONValue) {
        start(key)
        write(value)
    }

    mutating func member(_ key: String, members: (inout JSONWriter) -> Void) {
        start(key)
        object(members)
    }

    /// - Parameter write: writes the members of an element, which is an object.
    mutating func member<Element>(
        _ key: String, array elements: some Sequence<Element>, write: (inout JSONWriter, Element) -> Void
    ) {
        start(key)
        container("[", "]") { writer in
            for element in elements {
                writer.startElement()
                writer.object { write(&$0, element) }
            }
        }
    }

    private mutating func object(_ members: (inout JSONWriter) -> Void) { container("{", "}", members) }

    private mutating func container(
        _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ content: (inout JSONWriter) -> Void
    ) {
        bytes.append(UInt8(ascii: opening))
        depth += 1
        isFirst = true
        content(&self)
        depth -= 1
        if !isFirst { putLineBreak() }
        isFirst = false
        bytes.append(UInt8(ascii: closing))
    }

    private mutating func start(_ key: String) {
        startElement()
        write(key)
        put(": ")
    }

    private mutating func startElement() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        putLineBreak()
    }

    private mutating func write(_ value: JSONValue) {
        switch value {
        case .null: put("null")
        case .bool(let value): put(value ? "true" : "false")
        case .integer(let value): put(String(value))
        case .number(let value): write(value)
        case .string(let value): write(value)
        case .array(let values):
            container("[", "]") { writer in
                for value in values {
                    writer.startElement()
                    writer.write(value)
                }
            }
        case .object(let members):
            object { writer in
                for (key, value) in members.sorted(by: { $0.key < $1.key }) { writer.member(key, value) }
            }
        }
    }

    /// Whole numbers without a fraction, others with the digits that bring them back.
    private mutating func write(_ number: Double) {
        if let whole = Int64(exactly: number) {
            put(String(whole))
        } else {
            put(number.isFinite ? number.description : "null")
        }
    }

    private mutating func write(_ string: String) {
        put("\"")
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): put("\\\"")
            case UInt8(ascii: "\\"): put("\\\\")
            case 0..<0x10: put("\\u000" + String(byte, radix: 16))
            case 0x10..<0x20: put("\\u00" + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        put("\"")
    }

    private mutating func put(_ text: String) { bytes += text.utf8 }

    private mutating func putLineBreak() {
        bytes.append(UInt8(ascii: "\n"))
        bytes += repeatElement(UInt8(ascii: " "), count: 2 * depth)
    }
}
