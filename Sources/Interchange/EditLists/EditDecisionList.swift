import TimelineModel

/// Writes one track of an edit list as an edit decision list in the CMX 3600 layout.
///
/// Time codes are SMPTE ST 12-1 at the list's rate, source ones counted from the media's start. Shots are cuts on
/// channel `V`, `A`, or `B` for both; markers are locators (`* LOC:`) at their record time. The list has one line for
/// each statement and none that is empty. CMX 3600 ends at event 999: later events have more than three digits, which
/// OpenTimelineIO's adapter and pycmx read; where a reader does not, export tracks or parts of the list.
public struct EditDecisionList: Sendable, Hashable {
    /// The hour of time code at which frame 0 of the sequence is recorded, 0…23. Editors expect 1: reels start before it.
    public var recordStartHour = 1

    /// The columns of the layout's title line.
    private static let titleLength = 70
    private static let nameLength = 128
    /// The most frames a second that the layout's two digits are used for.
    private static let highestBase = 60

    public init() {}

    /// The list of one track; of no such track, a list without events.
    ///
    /// What the list cannot hold is named in a last comment, `* CUELINE: not in this list: …`, if there is an event that
    /// it can follow: shots of other tracks, and those that reach beyond 24 hours of time code. Shots without frames are
    /// not counted: see ``EditList/Framed/leftOut``.
    ///
    /// - Parameter track: an index into the tracks of ``EditList/framed()``.
    /// - Throws: `frame_rate_needed` at rates without time code: those that are neither whole nor NTSC, and all above 60.
    public func text(of list: EditList, track: Int = 0) throws -> String {
        let rate = list.frameRate
        guard rate.timecodeBase <= Self.highestBase,
            rate.denominator == 1 || (rate.denominator == 1001 && rate.numerator % 1000 == 0)
        else {
            throw InterchangeError(
                code: .frameRateNeeded,
                message: "no time code for an edit decision list at \(rate) frames a second; give a rate up to 60")
        }
        let content = Content(list: list, track: track, recordStart: recordStart(of: list))
        var lines = [
            "TITLE: " + ExchangeText.name(list.title, "Untitled", limit: Self.titleLength),
            list.isDropFrame ? "FCM: DROP FRAME" : "FCM: NON-DROP FRAME",
        ]
        // The texts of a list's tracks share reels: all are named, in one order.
        var reels = ReelNames()
        for shot in list.framed().tracks.flatMap(\.shots) { _ = reels.name(of: shot.shot.media) }
        let locators = content.locators()
        for (index, shot) in content.shots.enumerated() {
            let media = shot.shot.media
            let reel = reels.name(of: media)
            let channel = media.hasVideo ? (media.hasAudio ? "B" : "V") : "A"
            let times = [
                shot.source.lowerBound, shot.source.upperBound,
                shot.record.lowerBound + content.recordStart, shot.record.upperBound + content.recordStart,
            ]
            lines.append(
                Self.number(index + 1) + "  " + Self.column(reel, ReelNames.length) + " "
                    + Self.column(channel, 5) + " C        "
                    + times.map { Self.label($0, list) }.joined(separator: " "))
            let name = ExchangeText.name(shot.shot.name, media.name, reel, limit: Self.nameLength)
            lines.append("* FROM CLIP NAME: " + name)
            let address = ExchangeText.address(media.url)
            if !address.isEmpty { lines.append("* SOURCE FILE: " + address) }
            lines += locators[index].map { locator in
                "* LOC: " + Self.label(locator.frame + content.recordStart, list) + " "
                    + Self.column(locator.marker.color.rawValue, 7) + " "
                    + ExchangeText.name(locator.marker.name, locator.marker.comment, "Marker", limit: Self.nameLength)
            }
        }
        let missing = [
            (content.onOtherTracks, "on further tracks"), (content.beyondDay, "beyond 24 hours of time code"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        if !missing.isEmpty, !content.shots.isEmpty {
            lines.append("* CUELINE: not in this list: " + missing.joined(separator: ", "))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func recordStart(of list: EditList) -> Int {
        Timecode(
            hours: min(max(recordStartHour, 0), 23), minutes: 0, seconds: 0, frames: 0, rate: list.frameRate,
            isDropFrame: list.isDropFrame)?.frame ?? 0
    }

    private static func label(_ frame: Int, _ list: EditList) -> String {
        Timecode(frame: frame, rate: list.frameRate, isDropFrame: list.isDropFrame).description
    }

    private static func number(_ event: Int) -> String {
        let text = String(event)
        return String(repeating: "0", count: max(3 - text.count, 0)) + text
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}

extension EditDecisionList {
    private struct Locator {
        let frame: Int
        let marker: EditList.Marker
    }

    /// What one track's text has of a list.
    private struct Content {
        let recordStart: Int
        let shots: [EditList.Framed.Shot]
        let onOtherTracks: Int
        let beyondDay: Int
        private let markers: [EditList.Framed.Marker]

        init(list: EditList, track: Int, recordStart: Int) {
            let framed = list.framed()
            let day = Timecode.framesPerDay(at: list.frameRate, isDropFrame: list.isDropFrame)
            let all = framed.tracks.indices.contains(track) ? framed.tracks[track].shots : []
            self.recordStart = recordStart
            shots = all.filter { $0.source.upperBound < day && $0.record.upperBound + recordStart < day }
            beyondDay = all.count - shots.count
            onOtherTracks = framed.tracks.reduce(0) { $0 + $1.shots.count } - all.count
            markers = framed.markers.filter { $0.start + recordStart < day }
        }

        /// By shot, in order of time: its own, and those of the sequence from its start to the next shot's; the first
        /// has those before it, too.
        func locators() -> [[Locator]] {
            var next = 0
            return shots.indices.map { index in
                let shot = shots[index]
                var locators = shot.markers.map {
                    Locator(
                        frame: $0.start - shot.source.lowerBound + shot.record.lowerBound, marker: $0.marker)
                }
                let end = index + 1 < shots.count ? shots[index + 1].record.lowerBound : Int.max
                while next < markers.count, markers[next].start < end {
                    locators.append(Locator(frame: markers[next].start, marker: markers[next].marker))
                    next += 1
                }
                return locators.enumerated()
                    .sorted { ($0.element.frame, $0.offset) < ($1.element.frame, $1.offset) }.map(\.element)
            }
        }
    }
}
