/// Frames a second as an exact fraction, such as 30000/1001: decimals like 29.97 would drift.
public struct FrameRate: Sendable, Hashable, CustomStringConvertible {
    /// In lowest terms with ``denominator``; both above 0.
    public let numerator: Int
    public let denominator: Int

    /// The largest numerator and denominator, so that no product of a time and a rate overflows.
    static let largestTerm = 1_000_000

    /// - Returns: nil unless both terms are 1…1 000 000 and the rate lies in 1…1000.
    public init?(numerator: Int, denominator: Int) {
        let terms = 1...Self.largestTerm
        guard terms.contains(numerator), terms.contains(denominator),
            numerator >= denominator, numerator <= 1000 * denominator
        else { return nil }
        let divisor = Self.greatestCommonDivisor(numerator, denominator)
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    /// Reads `30000/1001`, `25`, `25.0`, and the decimals that people write for the NTSC rates: 23.98, 23.976, 29.97,
    /// 47.95, 47.952, 59.94, 119.88.
    ///
    /// - Returns: nil for anything else; other decimals have no exact rate.
    public init?(_ text: String) {
        let terms = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if terms.count == 2 {
            guard let numerator = Self.wholeNumber(terms[0]), let denominator = Self.wholeNumber(terms[1]) else {
                return nil
            }
            self.init(numerator: numerator, denominator: denominator)
        } else if let base = Self.ntscBases[Self.withoutTrailingZeros(text)] {
            self.init(numerator: base * 1000, denominator: 1001)
        } else {
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard let whole = Self.wholeNumber(parts[0]),
                parts.count == 1 || (!parts[1].isEmpty && parts[1].allSatisfy { $0 == "0" })
            else { return nil }
            self.init(numerator: whole, denominator: 1)
        }
    }

    /// The exact rate that a decimal stands for: a whole one, or one of NTSC's, within 5 in 10 000.
    ///
    /// - Returns: nil for rates of other kinds, such as the average of a variable one.
    public init?(framesPerSecond: Double) {
        guard framesPerSecond.isFinite, (1...1000).contains(framesPerSecond) else { return nil }
        let base = framesPerSecond.rounded()
        let tolerance = framesPerSecond * 0.0005
        if abs(framesPerSecond - base) < tolerance {
            self.init(numerator: Int(base), denominator: 1)
        } else if abs(framesPerSecond - base * 1000 / 1001) < tolerance {
            self.init(numerator: Int(base) * 1000, denominator: 1001)
        } else {
            return nil
        }
    }

    private init(_ numerator: Int, over denominator: Int) {
        self.numerator = numerator
        self.denominator = denominator
    }

    public static let film23976 = FrameRate(24000, over: 1001)
    public static let film24 = FrameRate(24, over: 1)
    public static let pal25 = FrameRate(25, over: 1)
    public static let ntsc2997 = FrameRate(30000, over: 1001)
    public static let ntsc5994 = FrameRate(60000, over: 1001)
    /// A "frame" a millisecond: for lists that were not put on frames.
    public static let milliseconds = FrameRate(1000, over: 1)

    /// `30000/1001`, or `25` for whole rates.
    public var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }

    /// As a decimal, for people and databases; not for reckoning times.
    public var framesPerSecond: Double { Double(numerator) / Double(denominator) }

    /// Frames that a second of time code counts: 30 for 30000/1001.
    public var timecodeBase: Int { (numerator + denominator - 1) / denominator }

    /// Whether SMPTE ST 12-1 has drop-frame time code for the rate: 30000/1001 and 60000/1001.
    public var allowsDropFrame: Bool { denominator == 1001 && (numerator == 30_000 || numerator == 60_000) }

    /// The frame boundary that is nearest to a time: rounded once, halves up, exactly for whole milliseconds.
    ///
    /// - Parameter milliseconds: clamped to ±2^42 (some 139 years); NaN counts as 0.
    public func frame(atMs milliseconds: Double) -> Int {
        guard !milliseconds.isNaN else { return 0 }
        let limit = Double(1 << 42)
        let time = min(max(milliseconds, -limit), limit)
        guard let whole = Int(exactly: time) else {
            let frames = time * Double(numerator) / Double(1000 * denominator)
            let nearest = frames.rounded(.toNearestOrAwayFromZero)
            return Int(frames - nearest == 0.5 ? nearest + 1 : nearest)
        }
        // At most 2^42 * 10^6, which is below 2^63.
        let (quotient, remainder) = (whole * numerator).quotientAndRemainder(dividingBy: 1000 * denominator)
        if remainder >= 0 { return quotient + (2 * remainder >= 1000 * denominator ? 1 : 0) }
        return quotient - (-2 * remainder > 1000 * denominator ? 1 : 0)
    }

    /// The last frame boundary that is not after a time, as ``frame(atMs:)`` clamps it. A nanosecond counts as nothing:
    /// times of frame boundaries are rarely exact.
    public func lastFrame(atMs milliseconds: Double) -> Int {
        let nearest = frame(atMs: milliseconds)
        return self.milliseconds(ofFrame: nearest) > milliseconds + 1e-6 ? nearest - 1 : nearest
    }

    /// The whole frames of a recording of some length. Lengths are known to a millisecond at best (containers cut them,
    /// the library rounds them): a frame counts that ends up to a millisecond, and less than a quarter of its own
    /// length, later.
    public func wholeFrames(inMs milliseconds: Double) -> Int {
        lastFrame(atMs: milliseconds + min(1, 250 * Double(denominator) / Double(numerator)))
    }

    /// When a frame starts, in milliseconds; ``frame(atMs:)`` of it is the frame again.
    public func milliseconds(ofFrame frame: Int) -> Double {
        Double(frame) * Double(1000 * denominator) / Double(numerator)
    }

    private static let ntscBases = [
        "23.98": 24, "23.976": 24, "29.97": 30, "47.95": 48, "47.952": 48, "59.94": 60, "119.88": 120,
    ]

    private static func withoutTrailingZeros(_ text: String) -> String {
        text.contains(".") ? String(text.reversed().drop { $0 == "0" }.reversed()) : text
    }

    private static func wholeNumber(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }
}
