/// The part of ffprobe's JSON that is read. Numbers arrive as text and may be absent, `N/A` or absurd.
package struct ProbeReport: Decodable, Sendable {
    struct Format: Decodable, Sendable {
        var formatName: String?
        var startTime: String?
        var duration: String?
        var bitRate: String?

        private enum CodingKeys: String, CodingKey {
            case formatName = "format_name"
            case startTime = "start_time"
            case duration
            case bitRate = "bit_rate"
        }
    }

    struct Stream: Decodable, Sendable {
        struct Disposition: Decodable, Sendable {
            var attachedPicture: Int?
            private enum CodingKeys: String, CodingKey { case attachedPicture = "attached_pic" }
        }

        struct Tags: Decodable, Sendable {
            var duration: String?
            private enum CodingKeys: String, CodingKey { case duration = "DURATION" }
        }

        var index: Int?
        var codecType: String?
        var codecName: String?
        var sampleRate: String?
        var channels: Int?
        var channelLayout: String?
        var bitRate: String?
        var startTime: String?
        var duration: String?
        var averageFrameRate: String?
        var disposition: Disposition?
        var tags: Tags?

        private enum CodingKeys: String, CodingKey {
            case index
            case codecType = "codec_type"
            case codecName = "codec_name"
            case sampleRate = "sample_rate"
            case channels
            case channelLayout = "channel_layout"
            case bitRate = "bit_rate"
            case startTime = "start_time"
            case duration
            case averageFrameRate = "avg_frame_rate"
            case disposition
            case tags
        }
    }

    struct Frame: Decodable, Sendable {
        var presentationTime: String?
        var sampleCount: Int?

        private enum CodingKeys: String, CodingKey {
            case presentationTime = "pts_time"
            case sampleCount = "nb_samples"
        }
    }

    var format: Format?
    var streams: [Stream]?
    var frames: [Frame]?

    /// What ffprobe is asked to show.
    static let entries =
        "format=format_name,start_time,duration,bit_rate"
        + ":stream=index,codec_type,codec_name,sample_rate,channels,channel_layout,bit_rate,start_time,duration"
        + ",avg_frame_rate:stream_disposition=attached_pic:stream_tags=DURATION"

    /// Time of the first sample of the frames in this report, on the container's clock in seconds.
    package func firstSampleSeconds(sampleRateHz: Int) -> Double? {
        var samplesBefore = 0
        for frame in frames ?? [] {
            if let time = Self.seconds(frame.presentationTime) {
                return time - Double(samplesBefore) / Double(sampleRateHz)
            }
            samplesBefore += min(max(frame.sampleCount ?? 0, 0), 1 << 20)
        }
        return nil
    }

    /// A time in seconds; null for `N/A`, infinities and times beyond any recording.
    static func seconds(_ text: String?) -> Double? {
        guard let text, let value = Double(text), abs(value) < 1e9 else { return nil }
        return value
    }

    /// A clock time such as `00:00:06.500000000`, in seconds.
    static func clockSeconds(_ text: String?) -> Double? {
        let parts = (text ?? "").split(separator: ":").map { Double($0) }
        guard parts.count == 3, let hours = parts[0], let minutes = parts[1], let rest = parts[2] else { return nil }
        let value = hours * 3600 + minutes * 60 + rest
        return value >= 0 && value < 1e9 ? value : nil
    }

    /// A bit rate; null when it is absent or absurd.
    static func bitRate(_ text: String?) -> Int? {
        text.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }
}
