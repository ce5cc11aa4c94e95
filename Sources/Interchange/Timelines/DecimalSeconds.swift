/// Milliseconds as decimal seconds, by whole numbers only: nothing is ever rounded.
enum DecimalSeconds {
    /// Times beyond this are taken for it.
    static let latestMs = 1 << 53

    /// The time in 0…``latestMs``.
    static func clamped(_ milliseconds: Int) -> Int { min(max(milliseconds, 0), latestMs) }

    /// With three decimals: `12.500`.
    static func fixed(_ milliseconds: Int) -> String {
        let time = clamped(milliseconds)
        return String(time / 1000) + "." + CaptionClock.padded(time % 1000, 3)
    }

    /// As short as can be: `12.5`, `12`.
    static func shortest(_ milliseconds: Int) -> String {
        let time = clamped(milliseconds)
        guard time % 1000 != 0 else { return String(time / 1000) }
        var text = fixed(time)
        while text.utf8.last == UInt8(ascii: "0") { text.removeLast() }
        return text
    }
}
