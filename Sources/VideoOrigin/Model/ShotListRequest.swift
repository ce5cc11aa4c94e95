import Library
import SemanticTimeline
public import TimelineModel

/// Where a shot's source window starts.
public enum ShotAlignment: String, Sendable, Hashable, Codable, CaseIterable {
    /// At the first speech inside of the shot's own window, or on a beat.
    case window
    /// The older rule: every shot is moved by the asset's first speech.
    case firstSpeech = "first_speech"
    /// Where the clip says.
    case none
}

/// A sequence of sound that becomes a list of shots, and how.
public struct ShotListRequest: Sendable, Hashable {
    public var sequence: AudioSequence
    public var alignment = ShotAlignment.window
    public var snapsToBeats = true
    /// A shift beyond this is not made; nil for none.
    public var maxShiftMs: Double?
    /// How far a beat may be for a shot to be moved to it, in milliseconds.
    public var beatToleranceMs = 120.0
    /// Whether an asset without semantics is an error.
    public var requiresSemantics = false
    /// Puts sources and targets on frames.
    public var frameRate: FrameRate?
    /// Whether time codes of the list are drop-frame.
    public var isDropFrame = false

    public init(sequence: AudioSequence) {
        self.sequence = sequence
    }

    /// Whether shots are moved to beats at all.
    var wantsBeats: Bool { alignment == .window && snapsToBeats }

    /// Reads a request's JSON object; unknown members are ignored.
    ///
    /// - Throws: `SemanticTimelineError` `validation` that names the field.
    public init(json members: [String: JSONValue]) throws {
        let fields = RequestFields(json: members)
        guard case .object(let sequence)? = members["sequence"] else {
            throw fields.invalid("sequence", "must be an object")
        }
        self.init(sequence: try AudioSequence(RequestFields(json: sequence, path: "sequence.")))
        alignment = try fields.choice("alignment", ShotAlignment.self) ?? alignment
        snapsToBeats = try fields.bool("snap_to_beats", default: snapsToBeats)
        maxShiftMs = try fields.number("max_shift_ms", in: 0...RequestFields.latestMs)
        beatToleranceMs = try fields.number("beat_tolerance_ms", in: 0...10_000) ?? beatToleranceMs
        requiresSemantics = try fields.bool("require_semantics", default: requiresSemantics)
        frameRate = try fields.frameRate("frame_rate")
        isDropFrame = try fields.bool("drop_frame", default: false)
        if isDropFrame, frameRate?.allowsDropFrame != true {
            throw fields.invalid("drop_frame", "needs a frame_rate of 30000/1001 or 60000/1001")
        }
    }
}
