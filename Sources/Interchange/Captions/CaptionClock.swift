/// Milliseconds as `HH:MM:SS` with a separator and three digits.
enum CaptionClock {
    static func format(_ milliseconds: Int, separator: String) -> String {
        let time = max(milliseconds, 0)
        let seconds = time / 1000
        return padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
            + separator + padded(time % 1000, 3)
    }

    static func padded(_ value: Int, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(digits - text.count, 0)) + text
    }
}
