public import TimelineModel

/// Writes the beats of a timeline as a tempo map and click track (Standard MIDI Files 1.0, format 1).
///
/// Every beat falls on a quarter note of 960 ticks. A tempo is whole microseconds and a beat whole milliseconds, so
/// each beat is read back at exactly its time, however many there are. What lies between the beats:
/// - Before the first beat, a lead-in of quarter notes about as long as the first beat's; where there is no room for
///   one, of a single shorter note.
/// - A pause longer than ``longestBeatMs`` is filled with quarter notes about as long as the beat before it.
/// - Bars begin on the downbeats and are as long as was found; what precedes the first or fills a pause is divided
///   into bars of the usual length, the odd one first. Nothing is known of note values: beats count as quarter notes.
///
/// The second track is a click on channel 10: a high wood block on downbeats, a low one on other beats. Without beats
/// the map keeps MIDI's own 120 beats a minute. Beats after the 24th day, events, and words are left out.
public struct MIDITempoMap: Sendable, Hashable {
    /// A longer time from beat to beat is a pause; 1…10 000.
    public var longestBeatMs = 2_500
    public var includesClick = true
    /// Whether each bar's downbeat is marked `Bar 1` and so on.
    public var marksBars = false

    public init() {}

    /// The file's bytes. Its first text names the analysis, and says so if the timeline was invented.
    public func bytes(of summary: AudioSemanticTimelineSummary) -> [UInt8] {
        let timeline = OrderedTimeline(summary)
        let grid = TempoGrid(
            beats: timeline.beats, durationMs: timeline.durationMs, meter: summary.meta.meter,
            longestBeatMs: longestBeatMs)
        var tempo = MIDITrack()
        tempo.appendText(.trackName, PlainText.clean(summary.assetID))
        tempo.appendText(.text, "cueline " + PlainText.clean(summary.meta.semanticVersion))
        if let notice = summary.standInNotice { tempo.appendText(.text, notice) }
        var signatures = grid.signatures[...]
        var tempos = grid.tempos[...]
        var bars = marksBars ? grid.beats.filter { $0.bar != nil }[...] : []
        while let tick = [signatures.first?.tick, tempos.first?.tick, bars.first?.tick].compactMap(\.self).min() {
            if let signature = signatures.first, signature.tick == tick {
                tempo.append(signature, at: tick)
                signatures = signatures.dropFirst()
            }
            if let change = tempos.first, change.tick == tick {
                tempo.append(change, at: tick)
                tempos = tempos.dropFirst()
            }
            if let beat = bars.first, beat.tick == tick {
                if let bar = beat.bar { tempo.appendText(.marker, "Bar \(bar)", at: tick) }
                bars = bars.dropFirst()
            }
        }
        tempo.end(at: grid.endTick)
        guard includesClick else { return MIDITrack.file([tempo], ticksPerQuarter: TempoGrid.ticksPerQuarter) }
        var click = MIDITrack()
        click.appendText(.trackName, "Click")
        for beat in grid.beats {
            let note: UInt8 = beat.isDownbeat ? 76 : 77
            click.append([0x99, note, beat.isDownbeat ? 112 : 88], at: beat.tick)
            click.append([0x89, note, 64], at: beat.tick + TempoGrid.clickTicks)
        }
        click.end(at: grid.endTick)
        return MIDITrack.file([tempo, click], ticksPerQuarter: TempoGrid.ticksPerQuarter)
    }
}
