public import TimelineModel

/// A sequence of sound: tracks of clips, as an audio editor lays them out.
public struct AudioSequence: Sendable, Hashable {
    /// A lane of clips.
    public struct Track: Sendable, Hashable {
        public var id: String
        public var name: String
        /// What it is for, such as `voice` or `music`; free text.
        public var role: String
        public var isMuted: Bool
        public var isSoloed: Bool
        /// Where it stands; of equal ones the first counts as above.
        public var order: Int
        public var meta: [String: JSONValue]
        public var clips: [Clip]

        public init(
            id: String, name: String = "", role: String = "", isMuted: Bool = false, isSoloed: Bool = false,
            order: Int = 0, meta: [String: JSONValue] = [:], clips: [Clip] = []
        ) {
            self.id = id
            self.name = name
            self.role = role
            self.isMuted = isMuted
            self.isSoloed = isSoloed
            self.order = order
            self.meta = meta
            self.clips = clips
        }
    }

    /// A piece of a recording at a place of the sequence.
    public struct Clip: Sendable, Hashable {
        public var id: String
        public var assetID: String?
        /// What was derived from an asset; wins over ``assetID``.
        public var artifactID: String?
        /// Where it starts in the sequence, in milliseconds, 0 or later.
        public var startMs: Double
        /// Above 0.
        public var durationMs: Double
        /// Where it starts in the recording or the artifact.
        public var sourceOffsetMs: Double
        public var label: String?

        public init(
            id: String, assetID: String? = nil, artifactID: String? = nil, startMs: Double, durationMs: Double,
            sourceOffsetMs: Double = 0, label: String? = nil
        ) {
            self.id = id
            self.assetID = assetID
            self.artifactID = artifactID
            self.startMs = startMs
            self.durationMs = durationMs
            self.sourceOffsetMs = sourceOffsetMs
            self.label = label
        }
    }

    public var id: String
    /// nil where only the request says whose it is.
    public var tenantID: String?
    public var env: String?
    public var bpm: Double?
    public var durationMs: Double?
    public var tracks: [Track]
    /// Marks of the sequence; objects whose `time_ms` and `label` or `name` editors are shown.
    public var markers: [JSONValue]
    public var meta: [String: JSONValue]

    public init(
        id: String, tenantID: String? = nil, env: String? = nil, bpm: Double? = nil, durationMs: Double? = nil,
        tracks: [Track] = [], markers: [JSONValue] = [], meta: [String: JSONValue] = [:]
    ) {
        self.id = id
        self.tenantID = tenantID
        self.env = env
        self.bpm = bpm
        self.durationMs = durationMs
        self.tracks = tracks
        self.markers = markers
        self.meta = meta
    }

    /// The tracks from top to bottom.
    var orderedTracks: [Track] {
        tracks.enumerated().sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }.map(\.element)
    }
}
