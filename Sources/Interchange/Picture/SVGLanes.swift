import TimelineModel

/// The lanes of a picture, one below the other.
struct SVGLanes {
    let summary: AudioSemanticTimelineSummary
    let scale: SVGScale

    private static let laneHeight = 22
    private static let loudnessHeight = 56
    /// What is quieter is drawn as nothing, in LUFS; the top is 0.
    private static let floor = -60.0

    func draw(on canvas: inout SVGCanvas) {
        ruler(on: &canvas)
        let top = canvas.y
        loudness(on: &canvas)
        for kind in [EventKind.speech, .music, .other, .silence] { lane(kind, on: &canvas) }
        beats(on: &canvas)
        grid(from: top, on: &canvas)
    }

    private func label(_ text: String, middle: Int, on canvas: inout SVGCanvas) {
        canvas.text(text, x: SVGCanvas.margin, baseline: middle + 4, "faint")
    }

    // MARK: - Ruler

    private var ticks: [Int] {
        let step = TimeTicks.step(least: Double(scale.durationMs) * 80 / Double(scale.columns))
        return Array(stride(from: 0, to: scale.durationMs, by: step))
    }

    private func ruler(on canvas: inout SVGCanvas) {
        let ticks = ticks
        let isFine = ticks.count > 1 && ticks[1] < 1000
        canvas.advance(by: 14)
        for tick in ticks {
            let text = isFine ? TerminalClock.precise(tick) : TerminalClock.short(tick)
            let x = scale.left + Int(scale.place(tick))
            // The last one would stand out at the right.
            guard x + 7 * text.count <= canvas.width else { continue }
            canvas.text(text, x: x, baseline: canvas.y, "faint")
        }
        canvas.advance(by: 6)
    }

    private func grid(from top: Int, on canvas: inout SVGCanvas) {
        let lines = ticks.map { "M\(scale.left + Int(scale.place($0))).5 \(top)V\(canvas.y)" }
        canvas.path(lines.joined(), "grid")
    }

    // MARK: - Loudness

    private func loudness(on canvas: inout SVGCanvas) {
        guard let curve = summary.meta.loudness, !curve.values.isEmpty else { return }
        let (top, height) = (canvas.y, Self.loudnessHeight)
        let bottom = top + height
        label("loudness", middle: top + height / 2, on: &canvas)
        canvas.rectangle(x: Double(scale.left), y: top, width: Double(scale.columns), height: height, "rail")
        let each = Double(curve.values.count) / Double(scale.columns)
        var data = "M\(scale.left) \(bottom)"
        for column in 0..<scale.columns {
            let first = min(Int((Double(column) * each).rounded(.down)), curve.values.count - 1)
            let end = min(max(Int((Double(column + 1) * each).rounded(.up)), first + 1), curve.values.count)
            let level = curve.values[first..<end].compactMap(\.self).max() ?? Self.floor
            let share = min(max((level - Self.floor) / -Self.floor, 0), 1)
            data += "L\(scale.left + column) \(fixed(Double(bottom) - share * Double(height), 1))"
        }
        canvas.path(data + "L\(scale.left + scale.columns) \(bottom)Z", "loudness")
        canvas.advance(to: bottom + 8)
    }

    // MARK: - Events

    private func lane(_ kind: EventKind, on canvas: inout SVGCanvas) {
        let events = summary.events.filter { $0.kind == kind }
        let (top, height) = (canvas.y, Self.laneHeight)
        label(kind.rawValue, middle: top + height / 2, on: &canvas)
        canvas.rectangle(x: Double(scale.left), y: top, width: Double(scale.columns), height: height, "rail")
        // What is too narrow to be seen alone is drawn together, by how much of a column it covers.
        let wide = events.filter { scale.place($0.endMs) - scale.place($0.startMs) >= 3 }
        let narrow = events.filter { scale.place($0.endMs) - scale.place($0.startMs) < 3 }
        let shades = scale.coverage(of: narrow.map { ($0.startMs, $0.endMs) }).map { Int(min($0, 1) * 8 + 0.5) }
        var column = 0
        while column < shades.count {
            let end = shades[column...].firstIndex { $0 != shades[column] } ?? shades.count
            if shades[column] > 0 {
                canvas.rectangle(
                    x: Double(scale.left + column), y: top, width: Double(end - column), height: height, kind.rawValue,
                    opacity: Double(shades[column]) / 8)
            }
            column = end
        }
        for event in wide {
            let (start, end) = (scale.place(event.startMs), scale.place(event.endMs))
            let x = Double(scale.left) + start
            canvas.rectangle(
                x: x, y: top, width: end - start - 0.5, height: height, style(of: event), tip: tip(of: event))
            let words = [event.speakerID, event.transcription].compactMap(\.self).joined(separator: " ")
            if !words.isEmpty, end - start > 40 {
                canvas.text(
                    PlainText.clean(words), x: Int(x) + 5, baseline: top + 15, "word", atMost: Int(end - start) - 8)
            }
        }
        canvas.advance(to: top + height + 4)
    }

    /// The first three voices are told apart by colour too.
    private func style(of event: AudioEvent) -> String {
        guard event.kind == .speech, let speaker = event.speakerID else { return event.kind.rawValue }
        switch speaker {
        case "S2": return "speech2"
        case "S3": return "speech3"
        default: return "speech"
        }
    }

    private func tip(of event: AudioEvent) -> String {
        let times =
            "\(TerminalClock.precise(event.startMs))–\(TerminalClock.precise(event.endMs)) \(event.kind.rawValue)"
        let facts = [
            event.speakerID, event.loudnessLUFS.map { fixed($0, 1) + " LUFS" },
            event.confidence.map { fixed($0 * 100, 0) + "%" }, event.transcription.map { String($0.prefix(300)) },
        ]
        return PlainText.clean(([times] + facts.compactMap(\.self)).joined(separator: " · "))
    }

    // MARK: - Beats

    /// Every beat where there is room, else bars, else how dense beats are.
    private func beats(on canvas: inout SVGCanvas) {
        guard !summary.beats.isEmpty else { return }
        let (top, height) = (canvas.y, Self.laneHeight)
        label("beats", middle: top + height / 2, on: &canvas)
        canvas.rectangle(x: Double(scale.left), y: top, width: Double(scale.columns), height: height, "rail")
        let downbeats = summary.beats.filter { $0.beatInBar == 1 }
        let room = Double(scale.columns)
        if Double(downbeats.count) * 3 > room {
            let dense = scale.coverage(
                of: summary.beats.map { ($0.timeMs, $0.timeMs + max(1, scale.durationMs / scale.columns)) })
            let most = max(dense.max() ?? 1, 1)
            for (column, share) in dense.enumerated() where share > 0 {
                canvas.rectangle(
                    x: Double(scale.left + column), y: top, width: 1, height: height, "loudness",
                    opacity: (share / most * 8).rounded(.up) / 8)
            }
        } else {
            func marks(_ beats: [BeatEvent], from: Int) -> String {
                beats.map { "M\(fixed(Double(scale.left) + scale.place($0.timeMs), 1)) \(from)V\(top + height)" }
                    .joined()
            }
            if Double(summary.beats.count) * 3 <= room {
                canvas.path(marks(summary.beats.filter { $0.beatInBar != 1 }, from: top + height / 2), "beat")
            }
            canvas.path(marks(downbeats, from: top), "downbeat")
        }
        canvas.advance(to: top + height + 4)
    }
}
