import TimelineModel

/// Writes a JSON object member by member: a list with a mark for each beat would be tens of millions of values to an
/// encoder, and the system's knows no exact decimals.
///
/// Members come in the order in which they are written; those of a ``JSONValue`` sorted. Numbers that are not finite are
/// null. Control characters and line separators in text are escaped.
struct JSONWriter {
    /// Where lines break.
    enum Layout {
        /// Before each member and element, which are indented by their depth.
        case indented
        /// Nowhere but in ``JSONWriter/lines(_:elements:)``.
        case compact
    }

    private var bytes: [UInt8] = []
    private let layout: Layout
    private var breaks: Breaks
    private var depth = 0
    /// Whether the next member or element is the first of its object or array.
    private var isFirst = true

    /// What the members of an object, or the elements of an array, are preceded by.
    private enum Breaks {
        case always
        case elements
        case never
    }

    private init(_ layout: Layout, capacity: Int) {
        self.layout = layout
        breaks = layout == .indented ? .always : .never
        bytes.reserveCapacity(capacity)
    }

    /// A document: one object, and a line break.
    ///
    /// - Parameter capacity: about how many bytes it will have; one that outgrows it is in memory twice for a while.
    static func bytes(
        _ layout: Layout = .indented, capacity: Int = 0, _ members: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(layout, capacity: capacity)
        writer.object(members)
        writer.bytes.append(UInt8(ascii: "\n"))
        return writer.bytes
    }

    mutating func member(_ key: String, _ value: JSONValue) {
        start(key)
        write(value)
    }

    mutating func member(_ key: String, _ text: String) {
        start(key)
        write(text)
    }

    /// - Parameter literal: a number, such as one of ``DecimalSeconds``, or `null`: written as it is.
    mutating func member(_ key: String, literal: String) {
        start(key)
        put(literal)
    }

    mutating func member(_ key: String, members: (inout JSONWriter) -> Void) {
        start(key)
        object(members)
    }

    /// An array.
    ///
    /// - Parameter elements: calls ``element(_:)`` for each.
    mutating func array(_ key: String, elements: (inout JSONWriter) -> Void) {
        start(key)
        container("[", "]", elements)
    }

    /// An array with each element on a line, whatever the layout.
    ///
    /// - Parameter elements: calls ``element(_:)`` for each.
    mutating func lines(_ key: String, elements: (inout JSONWriter) -> Void) {
        start(key)
        let outer = breaks
        breaks = .elements
        container("[", "]", elements)
        breaks = outer
    }

    /// An element of an array: an object.
    mutating func element(_ members: (inout JSONWriter) -> Void) {
        startElement()
        let outer = breaks
        if breaks == .elements { breaks = .never }
        object(members)
        breaks = outer
    }
}

extension JSONWriter {
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
        put(breaks == .always ? ": " : ":")
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

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var plain = text
        let isPlain = plain.withUTF8 { buffer in
            guard buffer.allSatisfy(Self.standsForItself) else { return false }
            bytes.append(contentsOf: buffer)
            return true
        }
        if !isPlain {
            for scalar in text.unicodeScalars { write(scalar) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether a byte stands for itself, whatever its neighbours.
    private static func standsForItself(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func write(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"", "\\":
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(UInt8(ascii: scalar))
        case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}":
            let digits = String(scalar.value, radix: 16)
            put("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        default: bytes += scalar.utf8
        }
    }

    private mutating func put(_ text: String) { bytes += text.utf8 }

    private mutating func putLineBreak() {
        guard breaks != .never else { return }
        bytes.append(UInt8(ascii: "\n"))
        if layout == .indented { bytes += repeatElement(UInt8(ascii: " "), count: 2 * depth) }
    }
}
