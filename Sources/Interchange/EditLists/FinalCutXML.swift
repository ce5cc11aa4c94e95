import TimelineModel

/// Writes an edit list as FCPXML 1.10 (Apple, "FCPXML Reference": DTD 1.10), which Final Cut Pro 10.6 and Resolve read.
///
/// Times are exact: fractions of seconds over the time scale of the frame rate, in lowest terms. The first track with a
/// picture, else the first, is the spine; other tracks are connected clips, those with a picture in lanes 1, 2, …, those
/// with sound only in lanes -1, -2, …. A sequence has no markers in FCPXML, so its marks stand on the spine's clip or gap
/// at their time; the spine ends in a gap where a connected clip or a mark comes after its last shot. Recordings with a
/// picture are said to have the sequence's format, for nobody knows theirs. Metadata has no place in it.
///
/// The DTD takes any frame duration for a format, but the rates it knows by name (`srcFrameRate`) end at 60, and so do
/// those of Final Cut Pro's own formats: at other rates the format has no name, and a reader may refuse it.
public struct FinalCutXML: Sendable, Hashable {
    /// Pixels of the project's canvas, which a list says nothing about.
    public var width = 1920
    public var height = 1080

    /// Twice the fastest rate with a name; milliseconds, which are no frames, are above it.
    private static let highestBase = 120
    private static let formatID = "r1"

    public init() {}

    /// The document, ending in a line break.
    ///
    /// - Throws: `frame_rate_needed` at more than 120 frames a second.
    public func text(of list: EditList) throws -> String {
        guard list.frameRate.timecodeBase <= Self.highestBase else {
            throw InterchangeError(
                code: .frameRateNeeded,
                message: "no FCPXML at \(list.frameRate) frames a second; give a frame rate up to 120")
        }
        let framed = list.framed()
        let clock = FinalCutClock(rate: list.frameRate)
        let assets = FinalCutAssets(framed)
        let title = ExchangeText.name(list.title, "Untitled")
        let spine = FinalCutSpine(framed)
        var writer = XMLWriter(rootElement: "fcpxml")
        writer.element("fcpxml", ["version": "1.10"]) { writer in
            writer.element("resources") { writer in
                writer.element(
                    "format",
                    [
                        "id": Self.formatID, "name": formatName(list.frameRate), "frameDuration": clock.frameDuration,
                        "width": String(max(width, 1)), "height": String(max(height, 1)),
                    ])
                for asset in assets.all { write(asset, clock: clock, rate: list.frameRate, to: &writer) }
            }
            writer.element("library") { writer in
                writer.element("event", ["name": title]) { writer in
                    writer.element("project", ["name": title]) { writer in
                        let attributes: XMLWriter.Attributes = [
                            "format": Self.formatID, "duration": clock.time(spine.length), "tcStart": "0s",
                            "tcFormat": list.isDropFrame ? "DF" : "NDF",
                        ]
                        writer.element("sequence", attributes) { writer in
                            writer.element("spine") { writer in
                                for item in spine.items { write(item, assets: assets, clock: clock, to: &writer) }
                            }
                        }
                    }
                }
            }
        }
        return writer.text
    }

    private func write(
        _ asset: FinalCutAssets.Asset, clock: FinalCutClock, rate: FrameRate, to writer: inout XMLWriter
    ) {
        let media = asset.media
        let known = media.knownDurationMs.map { rate.wholeFrames(inMs: $0) } ?? 0
        let attributes: XMLWriter.Attributes = [
            "id": asset.id, "name": ExchangeText.name(media.name, media.id, asset.id), "start": "0s",
            "duration": clock.time(max(known, asset.usedLength)), "hasVideo": media.hasVideo ? "1" : nil,
            "format": media.hasVideo ? Self.formatID : nil, "hasAudio": media.hasAudio ? "1" : nil,
            "videoSources": media.hasVideo ? "1" : nil, "audioSources": media.hasAudio ? "1" : nil,
        ]
        writer.element("asset", attributes) { writer in
            writer.element("media-rep", ["kind": "original-media", "src": ExchangeText.address(media.url)])
        }
    }

    private func write(
        _ item: FinalCutSpine.Item, assets: FinalCutAssets, clock: FinalCutClock, to writer: inout XMLWriter
    ) {
        func content(_ writer: inout XMLWriter) {
            for (lane, shot) in item.connected {
                let offset = clock.time(item.localFrame(shot.record.lowerBound))
                writer.element("asset-clip", attributes(shot, lane: lane, offset: offset, assets, clock)) { writer in
                    write(shot.markers, clock: clock, to: &writer)
                }
            }
            write(item.markers, clock: clock, to: &writer)
        }
        let offset = clock.time(item.record.lowerBound)
        if let shot = item.shot {
            writer.element(
                "asset-clip", attributes(shot, lane: nil, offset: offset, assets, clock), content: content)
        } else {
            let attributes: XMLWriter.Attributes = [
                "name": "Gap", "offset": offset, "start": "0s", "duration": clock.time(item.record.count),
            ]
            writer.element("gap", attributes, content: content)
        }
    }

    private func attributes(
        _ shot: EditList.Framed.Shot, lane: Int?, offset: String, _ assets: FinalCutAssets, _ clock: FinalCutClock
    ) -> XMLWriter.Attributes {
        let media = shot.shot.media
        return [
            "ref": assets.id(of: media), "lane": lane.map(String.init), "offset": offset,
            "name": ExchangeText.name(shot.shot.name, media.name, media.id, "Clip"),
            "start": clock.time(shot.source.lowerBound), "duration": clock.time(shot.record.count),
        ]
    }

    /// Marks last one frame at least, as those that Final Cut Pro writes.
    private func write(_ markers: [EditList.Framed.Marker], clock: FinalCutClock, to writer: inout XMLWriter) {
        for mark in markers {
            let note = ExchangeText.name(mark.marker.comment)
            writer.element(
                "marker",
                [
                    "start": clock.time(mark.start), "duration": clock.time(max(mark.length, 1)),
                    "value": ExchangeText.name(mark.marker.name, "Marker"), "note": note.isEmpty ? nil : note,
                ])
        }
    }

    /// Final Cut Pro's own name of the format, where it has one.
    private func formatName(_ rate: FrameRate) -> String? {
        let suffixes = [
            "24000/1001": "2398", "24": "24", "25": "25", "30000/1001": "2997", "30": "30", "50": "50",
            "60000/1001": "5994", "60": "60",
        ]
        guard width == 1920, height == 1080, let suffix = suffixes[rate.description] else { return nil }
        return "FFVideoFormat1080p" + suffix
    }
}

/// Frames as FCPXML times: rational seconds with a 64-bit numerator and a 32-bit denominator.
struct FinalCutClock {
    let rate: FrameRate

    /// Not reduced to whole seconds: readers expect a fraction.
    var frameDuration: String { "\(rate.denominator)/\(rate.numerator)s" }

    /// When a frame starts. At most 2^53 over 10^6: see ``FrameRate``.
    func time(_ frame: Int) -> String {
        let numerator = frame * rate.denominator
        var (left, right) = (abs(numerator), rate.numerator)
        while right != 0 { (left, right) = (right, left % right) }
        let divisor = max(left, 1)
        let denominator = rate.numerator / divisor
        return denominator == 1 ? "\(numerator / divisor)s" : "\(numerator / divisor)/\(denominator)s"
    }
}
