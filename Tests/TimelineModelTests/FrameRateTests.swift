import Testing
import TimelineModel

@Suite("Frame rates")
struct FrameRateTests {
    @Test(
        "Rates are read from fractions, whole numbers and the decimals that people write",
        arguments: [
            ("30000/1001", 30_000, 1001), ("60/2", 30, 1), ("25", 25, 1), ("25.0", 25, 1), ("25.000", 25, 1),
            ("23.98", 24_000, 1001), ("23.976", 24_000, 1001), ("29.97", 30_000, 1001), ("47.95", 48_000, 1001),
            ("47.952", 48_000, 1001), ("59.94", 60_000, 1001), ("119.88", 120_000, 1001), ("1000", 1000, 1),
            ("1", 1, 1),
        ])
    func read(text: String, numerator: Int, denominator: Int) throws {
        let rate = try #require(FrameRate(text))
        #expect(rate.numerator == numerator && rate.denominator == denominator)
        #expect(FrameRate(rate.description) == rate)
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "0", "-25", "25.5", "29.98", "1001", "1/2", "25/0", "/1", "25/", "25.", ".0", "1e3", "+25", " 25",
            "25 ", "30000/1001/1", "2000000/1001", "99999999999999999999", "nan", "２５",
        ])
    func refused(text: String) {
        #expect(FrameRate(text) == nil)
    }

    @Test("1.16 s at 25 frames a second is frame 29, though 1.16 * 25 is below it in binary")
    func roundedOnce() {
        #expect(FrameRate.pal25.frame(atMs: 1160) == 29)
        #expect(FrameRate.pal25.lastFrame(atMs: 1160) == 29)
        #expect(FrameRate.pal25.lastFrame(atMs: 1159) == 28)
        #expect(FrameRate.pal25.frame(atMs: 20) == 1)
        #expect(FrameRate.pal25.frame(atMs: 19) == 0)
        #expect(FrameRate.pal25.frame(atMs: -20) == 0)
        #expect(FrameRate.pal25.frame(atMs: -21) == -1)
        #expect(FrameRate.ntsc2997.frame(atMs: 3_600_000) == 107_892)
    }

    @Test(
        "A frame's time is that frame again, for all frames of 24 hours",
        arguments: ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60", "1000"])
    func inverse(rateText: String) throws {
        let rate = try #require(FrameRate(rateText))
        let day = rate.numerator * 86_400 / rate.denominator
        var failures = 0
        for frame in 0..<day where rate.frame(atMs: rate.milliseconds(ofFrame: frame)) != frame { failures += 1 }
        #expect(failures == 0)
    }

    @Test(
        "Times that are no times do not trap",
        arguments: [FrameRate.film23976, .pal25, .ntsc5994, .milliseconds])
    func hostile(rate: FrameRate) {
        let limit = rate.frame(atMs: Double(1 << 42))
        #expect(limit > 1 << 36)
        for time in [Double.infinity, .greatestFiniteMagnitude, 1e300] {
            #expect(rate.frame(atMs: time) == limit)
            #expect(abs(rate.frame(atMs: -time) + limit) <= 1)
            #expect(rate.lastFrame(atMs: time) == limit)
        }
        #expect(rate.frame(atMs: .nan) == 0)
        #expect(rate.frame(atMs: .leastNonzeroMagnitude) == 0)
    }
}
