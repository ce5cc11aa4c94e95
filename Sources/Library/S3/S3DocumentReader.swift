/// Reads the XML that S3 writes: elements, text, entities, comments, CDATA sections. Declarations of documents, with which text
/// could be made to grow, are refused.
///
/// The system's parser traps on names that are no UTF-8 and on empty processing instructions, which whoever stands between us and
/// S3 may answer.
struct S3DocumentReader {
    /// No answer of S3 is deeper than five.
    private static let deepest = 16

    private let bytes: [UInt8]
    private var position = 0

    /// The root element; nil for what is no such XML in UTF-8.
    static func root(_ bytes: [UInt8]) -> S3Document? {
        guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.allSatisfy(isAllowed) else {
            return nil
        }
        var reader = S3DocumentReader(bytes: bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        guard reader.skipMiscellany(), let root = reader.element(depth: 1), reader.skipMiscellany() else { return nil }
        return reader.position == bytes.count ? root : nil
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func isNext(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        guard isNext(text) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    /// The bytes before a mark, which is passed too; nil where there is none.
    private mutating func taken(through mark: StaticString) -> ArraySlice<UInt8>? {
        let start = position
        while position < bytes.count {
            let end = position
            if take(mark) { return bytes[start..<end] }
            position += 1
        }
        return nil
    }

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    /// Passes space, comments and processing instructions; false where one does not end.
    private mutating func skipMiscellany() -> Bool {
        while true {
            skipSpace()
            if take("<?") {
                guard taken(through: "?>") != nil else { return false }
            } else if take("<!--") {
                guard taken(through: "-->") != nil else { return false }
            } else {
                return true
            }
        }
    }

    private mutating func name() -> ArraySlice<UInt8>? {
        let start = position
        while position < bytes.count, !Self.isSpace(bytes[position]), !"<>/=\"'&?!".utf8.contains(bytes[position]) {
            position += 1
        }
        return position > start ? bytes[start..<position] : nil
    }

    private mutating func element(depth: Int) -> S3Document? {
        guard depth <= Self.deepest, take("<"), let name = name() else { return nil }
        // Attributes do not matter.
        while true {
            skipSpace()
            if take("/>") { return S3Document(name: Self.local(name), text: "", children: []) }
            if take(">") { break }
            guard self.name() != nil else { return nil }
            skipSpace()
            guard take("=") else { return nil }
            skipSpace()
            guard take("\"") ? taken(through: "\"") != nil : take("'") && taken(through: "'") != nil else { return nil }
        }
        var text: [UInt8] = []
        var children: [S3Document] = []
        while position < bytes.count {
            if take("</") {
                guard self.name() == name else { return nil }
                skipSpace()
                guard take(">") else { return nil }
                return S3Document(
                    name: Self.local(name), text: String(decoding: text, as: UTF8.self), children: children)
            } else if take("<![CDATA[") {
                guard let part = taken(through: "]]>") else { return nil }
                text += part
            } else if isNext("<!--") || isNext("<?") {
                guard skipMiscellany() else { return nil }
            } else if isNext("<") {
                guard let child = element(depth: depth + 1) else { return nil }
                children.append(child)
            } else if take("&") {
                guard let reference = taken(through: ";"), let scalar = Self.scalar(reference) else { return nil }
                text += Array(String(Character(scalar)).utf8)
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
        return nil
    }

    /// A name without its namespace.
    private static func local(_ name: ArraySlice<UInt8>) -> String {
        let start = name.lastIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? name.startIndex
        return String(decoding: name[start...], as: UTF8.self)
    }

    private static func scalar(_ reference: ArraySlice<UInt8>) -> Unicode.Scalar? {
        switch String(decoding: reference.prefix(16), as: UTF8.self) {
        case "amp": "&"
        case "lt": "<"
        case "gt": ">"
        case "quot": "\""
        case "apos": "'"
        case let text where text.hasPrefix("#x"):
            UInt32(text.dropFirst(2), radix: 16).flatMap { $0 > 0 ? Unicode.Scalar($0) : nil }
        case let text where text.hasPrefix("#"):
            UInt32(text.dropFirst()).flatMap { $0 > 0 ? Unicode.Scalar($0) : nil }
        default: nil
        }
    }

    /// Whether XML 1.0 has the character (production 2).
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0xFFFD, 0x10000...: true
        default: false
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
