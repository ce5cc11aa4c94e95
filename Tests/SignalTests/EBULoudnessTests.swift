import Signal
import Testing

/// EBU Tech 3341 (2023), table 1, and Tech 3342, table 1: the cases that need no recordings.
struct EBULoudnessTests {
    static let programmes: [(name: String, steps: [(level: Double, seconds: Double)], expected: Double)] = [
        ("1", [(-23, 20)], -23),
        ("2", [(-33, 20)], -33),
        ("3", [(-36, 10), (-23, 60), (-36, 10)], -23),
        ("4", [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ("5", [(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ]

    @Test("Tech 3341 cases 1 to 5: integrated loudness within 0.1 LU", arguments: 0..<5)
    func integrated(index: Int) throws {
        let programme = Self.programmes[index]
        var tones = Tones()
        for step in programme.steps { tones.add(step.level, seconds: step.seconds) }
        let result = try #require(try tones.measure().integratedLUFS)
        #expect(abs(result - programme.expected) <= 0.1)
    }

    @Test("Tech 3341 case 6: five channels")
    func fiveChannels() throws {
        var tones = Tones(channels: 5)
        tones.add([-28, -28, -24, -30, -30], seconds: 20)
        let result = try tones.measure()
        #expect(abs((result.integratedLUFS ?? 0) + 23) <= 0.1)
        #expect(abs((result.maximumMomentaryLUFS ?? 0) + 23) <= 0.1)
        #expect(abs((result.maximumShortTermLUFS ?? 0) + 23) <= 0.1)
    }

    @Test("Tech 3341 case 9: short-term loudness of an alternating tone stays at -23 LUFS")
    func shortTermConstant() throws {
        var tones = Tones()
        for _ in 0..<5 {
            tones.add(-20, seconds: 1.34)
            tones.add(-30, seconds: 1.66)
        }
        let curve = try tones.measure().curve(windowMs: 3000, hopMs: 100)
        #expect(curve.count == 150)
        #expect(curve.dropFirst(29).allSatisfy { abs(($0 ?? 0) + 23) <= 0.1 })
    }

    @Test("Tech 3341 case 10: the highest short-term loudness of a 3 s tone, wherever it begins")
    func shortTermMaximum() throws {
        for index in stride(from: 0, to: 20, by: 3) {
            var tones = Tones()
            tones.add(nil, seconds: Double(index) * 0.15)
            tones.add(-23, seconds: 3)
            tones.add(nil, seconds: 1)
            #expect(abs((try tones.measure().maximumShortTermLUFS ?? 0) + 23) <= 0.1)
        }
    }

    @Test("Tech 3341 case 11: short-term loudness follows rising levels")
    func shortTermLevels() throws {
        var tones = Tones()
        for index in 0..<8 {
            tones.add(nil, seconds: Double(index) * 0.15)
            tones.add(-38 + Double(index), seconds: 3)
            tones.add(nil, seconds: 3 - Double(index) * 0.15)
            let highest = try tones.measure().maximumShortTermLUFS ?? 0
            #expect(abs(highest - (-38 + Double(index))) <= 0.1)
        }
    }

    @Test("Tech 3341 case 12: momentary loudness of an alternating tone stays at -23 LUFS")
    func momentaryConstant() throws {
        var tones = Tones()
        for _ in 0..<25 {
            tones.add(-20, seconds: 0.18)
            tones.add(-30, seconds: 0.22)
        }
        let curve = try tones.measure().curve(windowMs: 400, hopMs: 10)
        #expect(curve.count == 1000)
        #expect(curve.dropFirst(99).allSatisfy { abs(($0 ?? 0) + 23) <= 0.1 })
    }

    @Test("Tech 3341 case 13: the highest momentary loudness of a 400 ms tone, wherever it begins")
    func momentaryMaximum() throws {
        for index in 0..<20 {
            var tones = Tones()
            tones.add(nil, seconds: Double(index) * 0.02)
            tones.add(-23, seconds: 0.4)
            tones.add(nil, seconds: 1)
            #expect(abs((try tones.measure().maximumMomentaryLUFS ?? 0) + 23) <= 0.1)
        }
    }

    static let ranges: [(levels: [Double], expected: Double)] = [
        ([-20, -30], 10), ([-20, -15], 5), ([-40, -20], 20), ([-50, -35, -20, -35, -50], 15),
    ]

    @Test("Tech 3342 cases 1 to 4: loudness range within 1 LU", arguments: 0..<4)
    func range(index: Int) throws {
        var tones = Tones()
        for level in Self.ranges[index].levels { tones.add(level, seconds: 20) }
        #expect(abs((try tones.measure().loudnessRange ?? 0) - Self.ranges[index].expected) <= 1)
    }
}
