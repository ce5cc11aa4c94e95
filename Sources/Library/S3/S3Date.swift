/// Moments in the three ways S3 writes them.
///
/// Without a formatter of the system: those are slow, and answer by its locale.
package enum S3Date {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// ISO 8601's basic format in UTC, as signatures take it: `20130524T000000Z`.
    package static func basic(_ moment: Timestamp) -> String {
        let second = floorDivided(moment.millisecondsSince1970, by: 1000)
        let days = floorDivided(second, by: 86_400)
        let rest = second - days * 86_400
        let (year, month, day) = civil(days)
        let date = padded(year, 4) + padded(month, 2) + padded(day, 2)
        return date + "T" + padded(rest / 3600, 2) + padded(rest / 60 % 60, 2) + padded(rest % 60, 2) + "Z"
    }

    /// The moment behind the form that HTTP prefers: `Fri, 24 May 2013 00:00:00 GMT` (RFC 9110, 5.6.7).
    package static func http(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        return timestamp(words[3], String(month + 1), words[1], words[4].split(separator: ":"))
    }

    /// The moment behind ISO 8601's extended format: `2009-10-12T17:50:30.000Z`; fractions are cut off.
    package static func extended(_ text: String) -> Timestamp? {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasSuffix("Z") else { return nil }
        let date = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard date.count == 3 else { return nil }
        let time = parts[1].dropLast().prefix { $0 != "." }
        return timestamp(date[0], date[1], date[2], time.split(separator: ":"))
    }

    private static func timestamp(
        _ year: some StringProtocol, _ month: some StringProtocol, _ day: some StringProtocol, _ time: [Substring]
    ) -> Timestamp? {
        guard time.count == 3, let year = Int64(year), (1...9999).contains(year), let month = Int64(month),
            (1...12).contains(month), let day = Int64(day), (1...31).contains(day), let hour = Int64(time[0]),
            (0...23).contains(hour), let minute = Int64(time[1]), (0...59).contains(minute),
            let second = Int64(time[2]), (0...60).contains(second)
        else { return nil }
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        return Timestamp(millisecondsSince1970: seconds * 1000)
    }

    /// Days from 1970 to a date of the Gregorian calendar. Years are counted from March on, so that the day that some
    /// have more comes last (H. Hinnant, "chrono-compatible low-level date algorithms").
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = floorDivided(year, by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivided(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * fromMarch + 2) / 5 + 1)
    }

    private static func floorDivided(_ value: Int64, by divisor: Int64) -> Int64 {
        value / divisor - (value % divisor < 0 ? 1 : 0)
    }

    private static func padded(_ value: Int64, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(digits - text.count, 0)) + text
    }
}
