extension AudioSemanticTimelineSummary {
    /// Cuts the half-open window `[inMs, outMs)` out of a timeline.
    ///
    /// Both edges are rounded to the nearest millisecond, so that adjacent windows partition time, beats, words and
    /// loudness hops. Times count from the window's start. An event cut by the window keeps only the words whose
    /// midpoint lies inside, with times clipped to the window, and only their text; level and confidence remain those
    /// of the whole event. Beats keep the recording's numbering. `durationMs` is the window's length; where the window
    /// runs past the recording, events cover only the part inside and `warnings` holds `window_beyond_end`.
    ///
    /// `meta.loudness` keeps the values of the hops that end inside the window, always in source time; its integrated
    /// loudness and true peak stay those of the recording. A slice may be sliced again (in its own times); its
    /// `clipWindowMs` then tells the window in the recording.
    ///
    /// - Parameters:
    ///   - speed: how fast the clip plays, > 0.
    ///   - timeBase: `timeline` divides all times by the speed and rounds once more; what is shorter than a millisecond
    ///     then vanishes.
    /// - Throws: ``SliceError`` for windows that are not finite, inverted, empty or start before zero, and for unusable
    ///   speeds.
    public func slice(
        inMs: Double, outMs: Double, speed: Double = 1, timeBase: TimeBase = .source
    ) throws(SliceError) -> AudioSemanticTimelineSummary {
        let whole = TimelineExcerpt(summary: self, loudnessOffset: 0, loudnessCount: meta.loudness?.values.count ?? 0)
        return try whole.slice(inMs: inMs, outMs: outMs, speed: speed, timeBase: timeBase)
    }
}

/// The part of a timeline that was read from where it is stored: what surrounds a window, in the timeline's own times.
public struct TimelineExcerpt: Sendable, Hashable {
    /// With at least the events and beats that lie in the window; length and meta are the whole's.
    public var summary: AudioSemanticTimelineSummary
    /// Which value of the whole's loudness curve the first one here is.
    public var loudnessOffset: Int
    /// How many values the whole's curve has.
    public var loudnessCount: Int

    public init(summary: AudioSemanticTimelineSummary, loudnessOffset: Int, loudnessCount: Int) {
        self.summary = summary
        self.loudnessOffset = loudnessOffset
        self.loudnessCount = loudnessCount
    }

    /// Cuts a window, as ``AudioSemanticTimelineSummary/slice(inMs:outMs:speed:timeBase:)`` does.
    public func slice(
        inMs: Double, outMs: Double, speed: Double = 1, timeBase: TimeBase = .source
    ) throws(SliceError) -> AudioSemanticTimelineSummary {
        let meta = summary.meta
        let durationMs = summary.durationMs
        guard meta.timeBase != TimeBase.timeline.rawValue else { throw .alreadyScaled }
        let window = try SliceWindow(
            inMs: inMs, outMs: outMs, speed: speed, timeBase: timeBase, sourceDurationMs: durationMs)
        let events = summary.events.compactMap(window.cut).sorted(by: AudioEvent.precedes)
        let beats = summary.beats.compactMap(window.cut)
        var result = summary
        result.durationMs = window.durationMs
        result.events = events
        result.beats = beats
        result.meta.loudness = meta.loudness.map {
            window.cut($0, offset: loudnessOffset, count: loudnessCount)
        }
        result.meta.tempoCurve = meta.tempoCurve.map(window.cut)
        result.meta.summary = TimelineCounts(events: events, beats: beats)
        let offset = meta.clipRelative == true ? meta.clipWindowMs?.first ?? 0 : 0
        result.meta.clipWindowMs = [offset + inMs, offset + outMs]
        result.meta.clipRelative = true
        result.meta.speedChange = speed
        result.meta.speedChangeLimited = speed != 1
        result.meta.withinSpeedLimit = speed >= 1 / meta.speedChangeLimit && speed <= meta.speedChangeLimit
        result.meta.timeBase = timeBase == .timeline ? timeBase.rawValue : nil
        result.meta.assetDurationMs = meta.assetDurationMs ?? durationMs
        if window.range.upperBound > durationMs, !meta.warnings.contains("window_beyond_end") {
            result.meta.warnings.append("window_beyond_end")
        }
        return result
    }
}
