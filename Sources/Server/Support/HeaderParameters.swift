/// A header value with parameters, `value; name=token; name="quoted string"`, as Content-Type and Content-Disposition
/// have.
package struct HeaderParameters: Sendable, Hashable {
    /// What stands before the first semicolon, in lower case.
    package let value: String
    private var parameters: [String: String] = [:]

    /// The parts of a header value; nil when it is malformed or has a parameter twice.
    package init?(_ bytes: some Sequence<UInt8>) {
        var rest = ArraySlice(Array(bytes))
        let head = rest.prefix { $0 != Self.semicolon }
        value = Self.text(head.trimmingBlanks()).lowercased()
        rest = rest.dropFirst(head.count)
        guard !value.isEmpty else { return nil }
        while rest.popFirst() == Self.semicolon {
            rest = rest.drop(while: \.isBlank)
            // Nothing between two semicolons, or after the last one, is no parameter.
            guard let first = rest.first, first != Self.semicolon else { continue }
            let name = rest.prefix(while: \.isTokenCharacter)
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty, rest.popFirst() == Self.equals, let value = Self.takeValue(from: &rest) else {
                return nil
            }
            rest = rest.drop(while: \.isBlank)
            guard parameters.updateValue(value, forKey: Self.text(name).lowercased()) == nil else { return nil }
            guard rest.isEmpty || rest.first == Self.semicolon else { return nil }
        }
    }

    /// The parameter of a name in lower case.
    package subscript(name: String) -> String? { parameters[name] }

    private static let semicolon = UInt8(ascii: ";")
    private static let equals = UInt8(ascii: "=")
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// Takes a token or a quoted string; nil for neither.
    private static func takeValue(from rest: inout ArraySlice<UInt8>) -> String? {
        guard rest.first == quote else {
            // More than the characters of a token: clients forget to quote boundaries such as `a/b`.
            let token = rest.prefix { $0 > 0x20 && $0 != 0x7F && $0 != quote && $0 != semicolon }
            rest = rest.dropFirst(token.count)
            return token.isEmpty ? nil : text(token)
        }
        rest.removeFirst()
        var value: ArraySlice<UInt8> = []
        while let byte = rest.popFirst() {
            if byte == quote { return text(value) }
            // A backslash before anything else stands for itself: clients that never escape send `C:\sound.wav`.
            if byte == backslash, let next = rest.first, next == quote || next == backslash {
                value.append(next)
                rest.removeFirst()
            } else {
                value.append(byte)
            }
        }
        return nil
    }
}

extension UInt8 {
    /// Whether this is a space or a tab.
    var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// Whether this may be part of a token (RFC 9110, section 5.6.2), which names of headers and parameters are.
    var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}

extension ArraySlice<UInt8> {
    /// Without the spaces and tabs at both ends.
    func trimmingBlanks() -> ArraySlice<UInt8> {
        var bytes = drop(while: \.isBlank)
        while bytes.last?.isBlank == true { bytes.removeLast() }
        return bytes
    }
}
