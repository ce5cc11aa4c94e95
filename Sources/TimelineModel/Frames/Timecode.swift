/// A label of a frame after SMPTE ST 12-1, such as `01:00:00:00`, or `01:00:00;00` in drop frame.
///
/// Drop frame skips labels, never frames: the first two of each minute at 30000/1001 frames a second, the first four at
/// 60000/1001, but none in minutes 0, 10, 20, 30, 40 and 50. So labels keep up with the clock, up to 86 ms a day.
///
/// Labels start again after 24 hours: the frame is taken modulo ``framesPerDay(at:isDropFrame:)``, and frames before 0
/// count back from midnight.
public struct Timecode: Sendable, Hashable, CustomStringConvertible {
    /// Frames since midnight, 0 to less than a day's.
    public let frame: Int
    public let rate: FrameRate
    public let isDropFrame: Bool

    /// - Parameters:
    ///   - frame: of any sign and size; brought into the day.
    ///   - isDropFrame: ignored unless the rate has drop frame time code.
    public init(frame: Int, rate: FrameRate, isDropFrame: Bool = false) {
        self.rate = rate
        self.isDropFrame = isDropFrame && rate.allowsDropFrame
        let day = Self.framesPerDay(at: rate, isDropFrame: self.isDropFrame)
        let remainder = frame % day
        self.frame = remainder < 0 ? remainder + day : remainder
    }

    /// The frame of a label's four numbers.
    ///
    /// - Returns: nil if there is no such label: a number out of its range, a label that drop frame skips, or drop frame
    ///   at a rate that has none.
    public init?(hours: Int, minutes: Int, seconds: Int, frames: Int, rate: FrameRate, isDropFrame: Bool = false) {
        let base = rate.timecodeBase
        guard (0..<24).contains(hours), (0..<60).contains(minutes), (0..<60).contains(seconds),
            (0..<base).contains(frames), !isDropFrame || rate.allowsDropFrame
        else { return nil }
        let minute = hours * 60 + minutes
        var frame = (minute * 60 + seconds) * base + frames
        if isDropFrame {
            let dropped = Self.droppedPerMinute(base)
            if seconds == 0, minutes % 10 != 0, frames < dropped { return nil }
            frame -= dropped * (minute - minute / 10)
        }
        self.frame = frame
        self.rate = rate
        self.isDropFrame = isDropFrame
    }

    /// Reads `HH:MM:SS:FF`, or `HH:MM:SS;FF` for drop frame; frames have three digits where a second has more than 100.
    ///
    /// - Returns: nil for anything else, and for labels that do not exist (`00:01:00;00`).
    public init?(_ label: String, rate: FrameRate) {
        var numbers = (0, 0, 0, 0)
        var position = 0
        var isDropFrame = false
        let width = Self.frameDigits(rate)
        for byte in label.utf8 {
            if position == 2 || position == 5 || position == 8 {
                isDropFrame = position == 8 && byte == UInt8(ascii: ";")
                guard byte == UInt8(ascii: ":") || isDropFrame else { return nil }
            } else {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), position < 9 + width else { return nil }
                let digit = Int(byte - UInt8(ascii: "0"))
                switch position {
                case ..<2: numbers.0 = numbers.0 * 10 + digit
                case ..<5: numbers.1 = numbers.1 * 10 + digit
                case ..<8: numbers.2 = numbers.2 * 10 + digit
                default: numbers.3 = numbers.3 * 10 + digit
                }
            }
            position += 1
        }
        guard position == 9 + width else { return nil }
        self.init(
            hours: numbers.0, minutes: numbers.1, seconds: numbers.2, frames: numbers.3, rate: rate,
            isDropFrame: isDropFrame)
    }

    /// The label's numbers.
    public var fields: (hours: Int, minutes: Int, seconds: Int, frames: Int) {
        let base = rate.timecodeBase
        var label = frame
        if isDropFrame {
            let dropped = Self.droppedPerMinute(base)
            let minute = base * 60 - dropped
            let (tens, rest) = frame.quotientAndRemainder(dividingBy: minute * 10 + dropped)
            // The first minute of ten drops nothing and is longer by what the others drop.
            label += dropped * (9 * tens + (rest < dropped ? 0 : (rest - dropped) / minute))
        }
        let seconds = label / base
        return (seconds / 3600, seconds / 60 % 60, seconds % 60, label % base)
    }

    /// The label.
    public var description: String {
        let fields = fields
        let width = Self.frameDigits(rate)
        return String(unsafeUninitializedCapacity: 9 + width) { bytes in
            func write(_ value: Int, at position: Int, digits: Int) {
                var value = value
                for place in (position..<position + digits).reversed() {
                    bytes.initializeElement(at: place, to: UInt8(ascii: "0") + UInt8(value % 10))
                    value /= 10
                }
            }
            write(fields.hours, at: 0, digits: 2)
            bytes.initializeElement(at: 2, to: UInt8(ascii: ":"))
            write(fields.minutes, at: 3, digits: 2)
            bytes.initializeElement(at: 5, to: UInt8(ascii: ":"))
            write(fields.seconds, at: 6, digits: 2)
            bytes.initializeElement(at: 8, to: UInt8(ascii: isDropFrame ? ";" : ":"))
            write(fields.frames, at: 9, digits: width)
            return 9 + width
        }
    }

    /// How many labels, and so frames, 24 hours of time code have.
    public static func framesPerDay(at rate: FrameRate, isDropFrame: Bool = false) -> Int {
        let base = rate.timecodeBase
        guard isDropFrame, rate.allowsDropFrame else { return base * 86_400 }
        return base * 86_400 - droppedPerMinute(base) * (24 * 60 - 24 * 6)
    }

    private static func droppedPerMinute(_ base: Int) -> Int { base / 15 }

    private static func frameDigits(_ rate: FrameRate) -> Int { rate.timecodeBase > 100 ? 3 : 2 }
}
