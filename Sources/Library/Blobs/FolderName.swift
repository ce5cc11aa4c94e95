/// Any text as names of folders, and back.
///
/// Lower-case letters, digits, `_` and `-` stand for themselves, every other byte is written `=XX`. So nothing climbs out
/// of a folder, and two texts get two names also where file systems do not tell `Dev` from `dev`. A text that is too long
/// for one name becomes several, one inside the other, of which all but the last end in `+`.
package enum FolderName {
    /// File systems allow 255 bytes.
    private static let maximumBytes = 240

    /// The path that stands for a text: names joined by slashes.
    package static func path(for text: String) -> String {
        // An empty text needs a name too.
        guard !text.isEmpty else { return "=" }
        var names = [""]
        for byte in text.utf8 {
            let written = isPlain(byte) ? String(UnicodeScalar(byte)) : "=" + upperHexadecimal(byte)
            if (names.last?.utf8.count ?? 0) + written.utf8.count > maximumBytes {
                names[names.count - 1] += "+"
                names.append("")
            }
            names[names.count - 1] += written
        }
        return names.joined(separator: "/")
    }

    /// The text behind a name; nil for a name that no text has.
    ///
    /// - Parameter name: the names of a path joined, each without its `+`.
    package static func text(of name: String) -> String? {
        guard name != "=" else { return "" }
        var bytes: [UInt8] = []
        var rest = name.utf8[...]
        while let byte = rest.popFirst() {
            if isPlain(byte) {
                bytes.append(byte)
            } else if byte == UInt8(ascii: "="), let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), !isPlain(value),
                Array(upperHexadecimal(value).utf8) == [high, low]
            {
                bytes.append(value)
            } else {
                return nil
            }
        }
        return bytes.isEmpty ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func upperHexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}
