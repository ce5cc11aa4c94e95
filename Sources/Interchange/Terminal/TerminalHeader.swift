import TimelineModel

/// What the recording is, who listened, and what the reader must know before believing the rest.
struct TerminalHeader {
    let summary: AudioSemanticTimelineSummary
    let title: String?
    let width: Int
    let glyphs: TerminalGlyphs
    let unicode: Bool

    /// Title and duration, then the facts.
    var lines: [StyledLine] {
        let duration = TerminalClock.short(summary.durationMs)
        let name = DisplayWidth.truncated(
            PlainText.clean(title ?? summary.assetID), to: width - duration.count - 2, unicode: unicode)
        var first = StyledLine(name, .bold)
        first.append(String(repeating: " ", count: max(width - DisplayWidth.of(name) - duration.count, 1)))
        first.append(duration, .bold)
        return [first] + flowed(facts).map { StyledLine($0, .faint) }
    }

    /// Warnings, each of them impossible to overlook.
    var notices: [StyledLine] {
        var texts: [String] = []
        let meta = summary.meta
        if meta.backendType == "stub" {
            let reason = meta.fallbackReason.map { " Reason: \($0)." } ?? ""
            texts.append("STUB: not heard. Speech, music and beats below are an invented pattern.\(reason)")
        } else if let reason = meta.fallbackReason {
            texts.append("FALLBACK: \(reason).")
        }
        for (name, part) in (meta.backendInfo?.dependencies ?? [:]).sorted(by: { $0.key < $1.key })
        where !part.available {
            texts.append("\(name) is missing\(part.error.map { ": \($0)" } ?? "")")
        }
        texts += meta.warnings.map { "Warning: \($0)" }
        if let clamped = meta.clamped, !clamped.isEmpty {
            texts.append("Out of range and clamped: \(clamped.joined(separator: ", "))")
        }
        return texts.flatMap { text in
            DisplayWidth.wrapped(PlainText.clean(text), to: width - 2).enumerated().map { index, line in
                StyledLine((index == 0 ? "! " : "  ") + line, .warning)
            }
        }
    }

    private var facts: [String] {
        let meta = summary.meta
        var facts = [meta.backendVersion, meta.modelUsed]
        if let language = meta.language {
            facts.append("language " + language + (meta.languageAssumed == true ? " (assumed)" : ""))
        }
        if let loudness = meta.loudness {
            facts.append(loudness.integratedLUFS.map { fixed($0, 1) + " LUFS" } ?? "below the loudness gate")
            if let peak = loudness.truePeakDBTP { facts.append("peak " + fixed(peak, 1) + " dBTP") }
        }
        if let tempo = meta.tempoBPM { facts.append(fixed(tempo, 1) + " BPM") }
        if let meter = meta.meter { facts.append("\(meter) beats a bar") }
        if let window = meta.clipWindowMs, window.count == 2 {
            let edges = window.map { Int(exactly: min(max($0, 0), 9e15).rounded()) ?? 0 }
            facts.append("clip \(TerminalClock.precise(edges[0]))\(glyphs.dash)\(TerminalClock.precise(edges[1]))")
        }
        return facts.map(PlainText.clean).filter { !$0.isEmpty }
    }

    /// Facts side by side as far as they fit, none divided unless it is wider than a line.
    private func flowed(_ facts: [String]) -> [String] {
        var lines: [String] = []
        for fact in facts {
            let fact = DisplayWidth.truncated(fact, to: width, unicode: unicode)
            if let last = lines.last,
                DisplayWidth.of(last) + glyphs.separator.count + DisplayWidth.of(fact) <= width
            {
                lines[lines.count - 1] += glyphs.separator + fact
            } else {
                lines.append(fact)
            }
        }
        return lines
    }
}

/// A number with a fixed count of decimals, without the locale's opinion.
func fixed(_ value: Double, _ places: Int) -> String {
    guard let rounded = value.rounded(places: places), abs(rounded) < 1e15 else { return "?" }
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    guard let scaled = Int(exactly: (abs(rounded) * Double(scale)).rounded()) else { return "?" }
    let whole = (rounded < 0 ? "-" : "") + String(scaled / scale)
    return places == 0 ? whole : whole + "." + CaptionClock.padded(scaled % scale, places)
}
