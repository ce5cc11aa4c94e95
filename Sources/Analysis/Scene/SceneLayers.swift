public import TimelineModel

/// What sounds where in a recording, as layers in seconds from its zero.
///
/// Each layer is sorted and free of overlaps in itself. `speech` and `music` may overlap each other; `silence` and
/// `other` overlap nothing. The layers need not cover the recording entirely: pauses too short to be silence and
/// sounds too short to name belong to none of them.
public struct SceneLayers: Sendable, Hashable, Codable {
    /// Where somebody speaks, whatever else sounds.
    public var speech: [LayerSegment]
    /// Where music plays, also under speech.
    public var music: [LayerSegment]
    /// Where the recording is at its own floor.
    public var silence: [LayerSegment]
    /// Where something sounds that is neither speech nor music.
    public var other: [LayerSegment]

    public init(
        speech: [LayerSegment] = [], music: [LayerSegment] = [], silence: [LayerSegment] = [],
        other: [LayerSegment] = []
    ) {
        self.speech = speech
        self.music = music
        self.silence = silence
        self.other = other
    }
}
