import Testing
import TimelineModel

@Suite("Time code")
struct TimecodeTests {
    @Test(
        "29.97 frames have the labels that OpenTimelineIO gives them, in drop frame and without",
        arguments: [
            (1_799, "00:00:59;29", "00:00:59:29"), (1_800, "00:01:00;02", "00:01:00:00"),
            (17_981, "00:09:59;29", "00:09:59:11"), (17_982, "00:10:00;00", "00:09:59:12"),
            (107_892, "01:00:00;00", "00:59:56:12"), (107_957, "01:00:02;05", "00:59:58:17"),
        ])
    func golden(frame: Int, dropFrame: String, nonDropFrame: String) {
        #expect(Timecode(frame: frame, rate: .ntsc2997, isDropFrame: true).description == dropFrame)
        #expect(Timecode(frame: frame, rate: .ntsc2997).description == nonDropFrame)
        #expect(Timecode(dropFrame, rate: .ntsc2997)?.frame == frame)
        #expect(Timecode(nonDropFrame, rate: .ntsc2997)?.frame == frame)
    }

    @Test("59.94 drops four labels a minute, none each tenth")
    func fourLabels() {
        #expect(Timecode(frame: 3_599, rate: .ntsc5994, isDropFrame: true).description == "00:00:59;59")
        #expect(Timecode(frame: 3_600, rate: .ntsc5994, isDropFrame: true).description == "00:01:00;04")
        #expect(Timecode(frame: 35_964, rate: .ntsc5994, isDropFrame: true).description == "00:10:00;00")
        #expect(Timecode("00:01:00;03", rate: .ntsc5994) == nil)
    }

    @Test(
        "All labels of 24 hours are unique, in order, and read back as their frame",
        arguments: [
            ("24000/1001", false), ("24", false), ("25", false), ("30000/1001", false), ("30000/1001", true),
            ("30", false), ("50", false), ("60000/1001", false), ("60000/1001", true), ("60", false),
        ])
    func wholeDay(rateText: String, isDropFrame: Bool) throws {
        let rate = try #require(FrameRate(rateText))
        let day = Timecode.framesPerDay(at: rate, isDropFrame: isDropFrame)
        #expect(day == (isDropFrame ? rate.timecodeBase * 86_400 * 999 / 1000 : rate.timecodeBase * 86_400))
        var previous = ""
        var failures: [Int] = []
        for frame in 0..<day {
            let timecode = Timecode(frame: frame, rate: rate, isDropFrame: isDropFrame)
            let label = timecode.description
            // Labels that grow strictly are unique.
            if label <= previous || Timecode(label, rate: rate) != timecode { failures.append(frame) }
            previous = label
        }
        #expect(failures.isEmpty)
        #expect(previous == "23:59:59" + (isDropFrame ? ";" : ":") + "\(rate.timecodeBase - 1)")
    }

    @Test("Drop frame keeps up with the clock: 24 hours differ by less than 87 ms, without it by 86 s")
    func keepsUp() {
        let day = Double(Timecode.framesPerDay(at: .ntsc2997, isDropFrame: true))
        #expect(abs(day * 1001 / 30_000 - 86_400) < 0.087)
        #expect(abs(Double(Timecode.framesPerDay(at: .ntsc2997)) * 1001 / 30_000 - 86_486.4) < 0.001)
    }

    @Test(
        "Labels that do not exist are not read",
        arguments: [
            "00:01:00;00", "00:01:00;01", "23:59:00;01", "00:00:00:30", "00:00:60:00", "00:60:00:00", "24:00:00:00",
            "", "00:00:00", "00:00:00:0", "00:00:00:000", "0:00:00:00", "00;00;00;00", "00:00:00.00", "00:00:00:0a",
            "-1:00:00:00", "00:00:00:00 ", "００:00:00:00", "00:00:00:-1",
        ])
    func refused(label: String) {
        #expect(Timecode(label, rate: .ntsc2997) == nil)
    }

    @Test("Drop frame labels are read only at rates that drop; the first label of each tenth minute exists")
    func dropFrameRates() {
        #expect(Timecode("00:00:00;00", rate: .pal25) == nil)
        #expect(Timecode("00:00:00;00", rate: .film23976) == nil)
        #expect(Timecode("00:20:00;00", rate: .ntsc2997)?.frame == 35_964)
        #expect(!Timecode(frame: 0, rate: .pal25, isDropFrame: true).isDropFrame)
    }

    @Test("Time code starts again after 24 hours, and counts back from midnight before 0")
    func wraps() {
        #expect(Timecode(frame: 2_589_408, rate: .ntsc2997, isDropFrame: true).description == "00:00:00;00")
        #expect(Timecode(frame: -1, rate: .ntsc2997, isDropFrame: true).description == "23:59:59;29")
        #expect(Timecode(frame: 25 * 86_400 * 3 + 26, rate: .pal25).description == "00:00:01:01")
        for frame in [Int.min, .max] {
            let timecode = Timecode(frame: frame, rate: .pal25)
            #expect(Timecode(timecode.description, rate: .pal25) == timecode)
        }
    }

    @Test("Rates above 100 have three digits of frames")
    func highRates() throws {
        let rate = try #require(FrameRate("119.88"))
        #expect(Timecode(frame: 119, rate: rate).description == "00:00:00:119")
        #expect(Timecode("00:00:01:000", rate: rate)?.frame == 120)
        #expect(Timecode("00:00:01:00", rate: rate) == nil)
        #expect(Timecode(frame: 86_400_000 - 1, rate: .milliseconds).description == "23:59:59:999")
    }
}
