public import TimelineModel

/// The forms in which a shot list is given.
public enum ShotListFormat: String, Sendable, Hashable, CaseIterable {
    case json
    /// OpenTimelineIO.
    case otio
    /// CMX 3600.
    case edl
    case fcpxml

    public var mediaType: String {
        switch self {
        case .json: "application/json"
        case .otio: "application/vnd.pixar.opentimelineio+json"
        case .edl: "text/plain; charset=utf-8"
        case .fcpxml: "application/xml"
        }
    }

    public var fileExtension: String { rawValue }

    /// Whether the format knows nothing but frames.
    var needsFrames: Bool { self == .edl || self == .fcpxml }
}

/// How a list is exported.
public struct ShotListExportOptions: Sendable, Hashable {
    /// nil: that of the list; else that of its recordings, where they have one in common; else, for formats that count
    /// frames, 25.
    public var frameRate: FrameRate?
    /// nil: that of the list.
    public var isDropFrame: Bool?

    public init(frameRate: FrameRate? = nil, isDropFrame: Bool? = nil) {
        self.frameRate = frameRate
        self.isDropFrame = isDropFrame
    }
}
