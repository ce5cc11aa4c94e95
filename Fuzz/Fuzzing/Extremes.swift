/// What parsers trip over.
enum Extremes {
    private static let numbers = [
        "0", "-0", "-1", "1", "0.5", "-0.0", "1e308", "-1e308", "1e309", "1e-400", "5e-324", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "18446744073709551615", "18446744073709551616",
        "4294967295", "4294967296", "2147483647", "-2147483648", "9007199254740991", "9007199254740992",
        "9007199254740993", "1000000000000", "99999999999999999999999999999999999999", "NaN", "Infinity", "-inf", "1e",
        "0x10", "+1", "01", "1.", ".1", "1e999999999", "0.1e-99999", "4611686018427387904", "65536", "255", "256",
        "1.7976931348623157e308", "2.2250738585072014e-308", "999999", "1000000", "1001", "86400000",
    ]

    private static let texts: [[UInt8]] =
        [
            "", "\0", "\u{1}", "\u{2}", "\r\n", "\n", "\u{2028}", "\u{FEFF}", "\u{1F468}\u{200D}\u{1F469}", "e\u{301}",
            "\u{E9}", "\u{202E}", "\\ud800", "\\udc00\\ud800", "\\u0000", "\\uFFFF", "\\\"", "\"", "'", "%", "%00",
            "%2e%2e%2f", "%zz", "../", "null", "true", "false", "{}", "[]", "[[]]", "{\"\":\"\"}", "None", "anonymous",
            "|", ";", "=", "\u{10FFFF}", "ß", "İ", "\u{0}\u{0}", "--", "--\r\n", "&", "+", "\t", " ", "<!--", "]]>",
            "&#0;", "&lt;", "<a>", "</a>", "\u{7F}", "１", "٣",
        ].map { Array($0.utf8) } + [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82],
        ]

    private static let integers: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
        0x1_0000_0000, 0x1F_FFFF_FFFF_FFFF, 0x20_0000_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000,
        0xFFFF_FFFF_FFFF_FFFF, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7FF0_0000_0000_0000, 0x7FF8_0000_0000_0000,
        0x3FFF_FFFF_FFFF_FFFF, 0x4000_0000_0000_0000,
    ]

    /// A number as text.
    static func number(_ random: inout FuzzRandom) -> [UInt8] {
        switch random.below(4) {
        case 0: Array("\(Int64(bitPattern: random.next()) >> Int64(random.below(63)))".utf8)
        case 1: Array("\(Double(Int64(bitPattern: random.next()) >> Int64(random.below(63))) / 1024)".utf8)
        default: Array((random.pick(numbers) ?? "0").utf8)
        }
    }

    /// A number as 1, 2, 4 or 8 bytes, least significant first or last.
    static func integer(_ random: inout FuzzRandom) -> [UInt8] {
        var value = random.pick(integers) ?? 0
        if random.oneIn(4) { value = value &+ UInt64(random.below(65)) &- 32 }
        let bytes = withUnsafeBytes(of: value.littleEndian) { Array($0) }.prefix(1 << random.below(4))
        return random.oneIn(2) ? Array(bytes) : bytes.reversed()
    }

    /// Short text, now and then long.
    static func text(_ random: inout FuzzRandom) -> [UInt8] {
        let text = random.pick(texts) ?? []
        guard random.oneIn(32) else { return text }
        return Array([[UInt8]](repeating: text, count: 1 << random.below(11)).joined())
    }
}
