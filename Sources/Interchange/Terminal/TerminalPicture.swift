import TimelineModel

/// The timeline drawn across the terminal: a ruler, a lane for each kind, loudness, beats.
struct TerminalPicture {
    static let labelWidth = 10

    let summary: AudioSemanticTimelineSummary
    let width: Int
    let glyphs: TerminalGlyphs

    private var columns: Int { width - Self.labelWidth }
    private var durationMs: Int { min(max(summary.durationMs, 0), 1 << 53) }

    /// Empty for an empty timeline.
    var lines: [StyledLine] {
        guard durationMs > 0 else { return [] }
        var lines = ruler
        for kind in [EventKind.speech, .music, .other, .silence] {
            if let lane = lane(kind) { lines.append(lane) }
        }
        if let strip = loudness { lines.append(strip) }
        if let beats { lines.append(beats) }
        return lines
    }

    /// The time at the left edge of a column; also defined for the column after the last.
    private func time(_ column: Int) -> Double { Double(durationMs) * Double(column) / Double(columns) }

    private func column(_ milliseconds: Int) -> Int {
        let position = Double(milliseconds) / Double(durationMs) * Double(columns)
        return min(max(Int(exactly: position.rounded(.down)) ?? 0, 0), columns - 1)
    }

    private func label(_ text: String, _ style: TerminalStyle) -> StyledLine {
        StyledLine(text + String(repeating: " ", count: max(Self.labelWidth - text.count, 0)), style)
    }

    // MARK: Ruler

    private var ruler: [StyledLine] {
        let step = tickStepMs
        var times = [Character](repeating: " ", count: columns)
        var marks = [Character](repeating: glyphs.rule, count: columns)
        var free = 0
        for tick in stride(from: 0, to: durationMs, by: step) {
            let position = column(tick)
            marks[position] = glyphs.tick
            let text = Array(step < 1000 ? TerminalClock.precise(tick) : TerminalClock.short(tick))
            guard position >= free, position + text.count <= columns else { continue }
            times.replaceSubrange(position..<position + text.count, with: text)
            free = position + text.count + 1
        }
        return [times, marks].map { row in
            var line = label("", .plain)
            line.append(String(row), .faint)
            return line
        }
    }

    /// The smallest step of a clock face that leaves nine columns to each tick.
    private var tickStepMs: Int {
        TimeTicks.step(least: Double(durationMs) * 9 / Double(columns))
    }

    // MARK: Lanes

    private func lane(_ kind: EventKind) -> StyledLine? {
        let events = summary.events.filter { $0.kind == kind }
        guard !events.isEmpty else { return nil }
        var filled = [Double](repeating: 0, count: columns)
        for event in events {
            let start = min(max(event.startMs, 0), durationMs)
            let end = min(max(event.endMs, start), durationMs)
            guard start < end else { continue }
            for cell in column(start)...column(end - 1) {
                let shared = min(Double(end), time(cell + 1)) - max(Double(start), time(cell))
                filled[cell] += max(shared, 0)
            }
        }
        let cell = Double(durationMs) / Double(columns)
        var line = label(kind.rawValue, kind.style)
        line.append(String(filled.map { glyphs.shade($0 / cell) ?? " " }), kind.style)
        return line
    }

    // MARK: Loudness

    private var loudness: StyledLine? {
        guard let curve = summary.meta.loudness, curve.hopMs > 0, !curve.values.isEmpty else { return nil }
        // The curve is in source time: of a slice in timeline time it spans the same picture.
        let perColumn = Double(curve.values.count) / Double(columns)
        var line = label("loudness", .loudness)
        line.append(
            String(
                (0..<columns).map { column -> Character in
                    let first = Int(exactly: (Double(column) * perColumn).rounded(.down)) ?? 0
                    let end = Int(exactly: (Double(column + 1) * perColumn).rounded(.up)) ?? 0
                    let values = curve.values[min(first, curve.values.count - 1)..<min(end, curve.values.count)]
                    return values.compactMap(\.self).max().map(glyphs.level) ?? " "
                }), .loudness)
        return line
    }

    // MARK: Beats

    /// Downbeats stand out; where several beats share a column only bars are drawn, and where even bars do, density.
    private var beats: StyledLine? {
        guard !summary.beats.isEmpty else { return nil }
        var counts = [Int](repeating: 0, count: columns)
        var downbeats = [Int](repeating: 0, count: columns)
        for beat in summary.beats where (0..<durationMs).contains(beat.timeMs) {
            counts[column(beat.timeMs)] += 1
            if beat.beatInBar == 1 { downbeats[column(beat.timeMs)] += 1 }
        }
        let crowded = downbeats.lazy.filter { $0 > 0 }.count * 2 > columns
        let most = Double(counts.max() ?? 1)
        var line = label("beats", .downbeat)
        for cell in 0..<columns {
            if crowded {
                line.append(String(glyphs.shade(Double(counts[cell]) / most) ?? " "), .plain)
            } else if downbeats[cell] > 0 {
                line.append(String(glyphs.downbeat), .downbeat)
            } else {
                line.append(counts[cell] > 0 ? String(glyphs.beat) : " ", .plain)
            }
        }
        return line
    }
}

extension EventKind {
    var style: TerminalStyle {
        switch self {
        case .speech: .speech
        case .music: .music
        case .silence: .silence
        case .other: .other
        }
    }
}
