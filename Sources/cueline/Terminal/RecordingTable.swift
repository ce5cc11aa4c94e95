import Interchange
import TimelineModel

/// Several recordings for people: a line each, and what they come to.
struct RecordingTable {
    /// How one recording ended.
    private enum Ending {
        case done(meta: TimelineMeta, duration: Double)
        case failed(String)
    }

    private var rows: [(name: String, ending: Ending)] = []

    /// - Parameter meta: of its timeline.
    mutating func add(_ name: String, _ meta: TimelineMeta, durationMs: Int) {
        rows.append((name, .done(meta: meta, duration: Double(durationMs) / 1000)))
    }

    mutating func add(_ name: String, failure: String) { rows.append((name, .failed(failure))) }

    /// - Parameter seconds: that all of it took.
    func text(seconds: Double) -> String {
        var lines = [["recording", "length", "speech", "music", "silence", "words", "LUFS", "BPM"]]
        var notes: [Int: String] = [:]
        var (length, count) = (0.0, 0)
        for (name, ending) in rows {
            switch ending {
            case .done(let meta, let duration):
                length += duration
                count += 1
                if meta.backendType == "stub" { notes[lines.count] = "stub: nothing was heard" }
                lines.append([
                    PlainText.clean(name), Clock.text(duration), Self.share(meta.summary.speech, of: duration),
                    Self.share(meta.summary.music, of: duration), Self.share(meta.summary.silence, of: duration),
                    "\(meta.summary.words)", meta.loudness?.integratedLUFS.map(Self.tenths) ?? "-",
                    meta.tempoBPM.map(Self.tenths) ?? "-",
                ])
            case .failed(let message):
                notes[lines.count] = "failed: " + PlainText.clean(message)
                lines.append([PlainText.clean(name), "-", "-", "-", "-", "-", "-", "-"])
            }
        }
        let widths = lines[0].indices.map { column in lines.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
        let table = lines.enumerated().map { number, cells in
            let shown = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - DisplayWidth.of(cell))
                return column == 0 ? cell + space : space + cell
            }
            return (shown + [notes[number] ?? ""]).joined(separator: "  ").replacing(/\s+$/, with: "")
        }
        var foot = rows.count == count ? "\(count) recordings" : "\(count) of \(rows.count) recordings"
        foot += ", \(Clock.text(length)) in \(Clock.text(seconds))"
        if seconds > 0.5, length > 0 { foot += " (\(Int((length / seconds).rounded())) x real time)" }
        return (table + [foot]).joined(separator: "\n") + "\n"
    }

    private static func share(_ kind: TimelineCounts.Kind, of seconds: Double) -> String {
        seconds > 0 ? "\(Int((Double(kind.ms) / 10 / seconds).rounded())) %" : "-"
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return (tenths < 0 ? "-" : "") + "\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
