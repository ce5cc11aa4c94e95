public import TimelineModel

/// What a video editor is given: shots of recordings, one after the other or over each other, with markers.
public struct EditList: Sendable, Hashable {
    /// A recording that shots are taken from.
    public struct Media: Sendable, Hashable {
        /// Unique in the list.
        public var id: String
        /// For people.
        public var name: String
        /// Where an editor finds it: a `file:` URL, or whatever identifies it.
        public var url: String
        /// nil where nobody knows.
        public var durationMs: Double?
        public var hasVideo: Bool
        public var hasAudio: Bool

        public init(
            id: String, name: String, url: String, durationMs: Double? = nil, hasVideo: Bool = true,
            hasAudio: Bool = true
        ) {
            self.id = id
            self.name = name
            self.url = url
            self.durationMs = durationMs
            self.hasVideo = hasVideo
            self.hasAudio = hasAudio
        }
    }

    /// A mark in a shot's source.
    public struct Marker: Sendable, Hashable {
        /// The colours that editors have for markers.
        public enum Color: String, Sendable, Hashable, CaseIterable {
            case red = "RED"
            case green = "GREEN"
            case blue = "BLUE"
            case yellow = "YELLOW"
            case purple = "PURPLE"
            case white = "WHITE"
        }

        public var name: String
        /// In the media's time. Marks outside of the shot's source window are left out of every format.
        public var atMs: Double
        public var durationMs: Double
        public var comment: String
        public var color: Color
        public var metadata: [String: JSONValue]

        public init(
            name: String, atMs: Double, durationMs: Double = 0, comment: String = "", color: Color = .green,
            metadata: [String: JSONValue] = [:]
        ) {
            self.name = name
            self.atMs = atMs
            self.durationMs = durationMs
            self.comment = comment
            self.color = color
            self.metadata = metadata
        }
    }

    /// A piece of a recording at a place of the sequence.
    public struct Shot: Sendable, Hashable {
        public var name: String
        public var media: Media
        /// Where it starts in the media.
        public var sourceStartMs: Double
        /// Where it starts in the sequence, and how long it is there and in the source.
        public var targetStartMs: Double
        public var durationMs: Double
        /// Shots of one track that overlap are put on further tracks.
        public var track: String
        public var markers: [Marker]
        public var metadata: [String: JSONValue]

        public init(
            name: String, media: Media, sourceStartMs: Double, targetStartMs: Double, durationMs: Double,
            track: String = "V1", markers: [Marker] = [], metadata: [String: JSONValue] = [:]
        ) {
            self.name = name
            self.media = media
            self.sourceStartMs = sourceStartMs
            self.targetStartMs = targetStartMs
            self.durationMs = durationMs
            self.track = track
            self.markers = markers
            self.metadata = metadata
        }
    }

    public var title: String
    public var frameRate: FrameRate
    /// Whether time codes skip labels to keep up with the clock; only where the rate allows it.
    public var isDropFrame: Bool
    public var shots: [Shot]
    /// Marks of the sequence, in its time.
    public var markers: [Marker]
    public var metadata: [String: JSONValue]

    public init(
        title: String, frameRate: FrameRate, isDropFrame: Bool = false, shots: [Shot] = [], markers: [Marker] = [],
        metadata: [String: JSONValue] = [:]
    ) {
        self.title = title
        self.frameRate = frameRate
        self.isDropFrame = isDropFrame && frameRate.allowsDropFrame
        self.shots = shots
        self.markers = markers
        self.metadata = metadata
    }
}
