/// Names and addresses as the exchange formats can hold them.
enum ExchangeText {
    /// A name on one line (``PlainText``) without the two code points that XML 1.0 forbids beside control characters,
    /// cut to a number of characters; the first of the candidates that is not empty then.
    static func name(_ candidates: String..., limit: Int = 256) -> String {
        for candidate in candidates {
            let plain = PlainText.clean(String(candidate.unicodeScalars.prefix(8 * limit)))
            let allowed = plain.unicodeScalars.filter { $0.value != 0xFFFE && $0.value != 0xFFFF }
            let text = PlainText.clean(String(String(String.UnicodeScalarView(allowed)).prefix(limit)))
            if !text.isEmpty { return text }
        }
        return ""
    }

    /// An address with everything percent-encoded that no URI may hold (RFC 3986, section 2); what is encoded stays so.
    static func address(_ url: String) -> String {
        let bytes = Array(url.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            let isEscape =
                byte == UInt8(ascii: "%") && index + 2 < bytes.count && isHexadecimal(bytes[index + 1])
                && isHexadecimal(bytes[index + 2])
            if isEscape || allowedInAddress.contains(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static let allowedInAddress = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=".utf8)

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
