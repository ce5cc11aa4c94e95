import Interchange
import TimelineModel
import VideoOrigin

/// Shots for people.
enum ShotListing {
    /// A line a shot: where it goes, where it comes from, and why it starts there.
    static func text(_ result: ShotListResult) -> String {
        var lines = [["at", "for", "clip", "from", "in", "moved", "why"]]
        for shot in result.shots {
            let moved = shot.meta["semantic_offset_ms"]?.double ?? 0
            lines.append([
                seconds(shot.targetStartMs), seconds(shot.targetDurationMs),
                PlainText.clean(shot.meta["clip"]?.text ?? ""), seconds(shot.sourceStartMs),
                shown(shot.sourceAssetID), moved == 0 ? "" : (moved > 0 ? "+" : "") + seconds(moved),
                shot.meta["alignment_reason"]?.text ?? "",
            ])
        }
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let rightAligned: Set = [0, 1, 3, 5]
        let table = lines.map { cells in
            cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return rightAligned.contains(column) ? space + cell : cell + space
            }.joined(separator: "  ").replacing(/\s+$/, with: "")
        }
        var foot = [result.shots.count == 1 ? "1 shot" : "\(result.shots.count) shots"]
        if case .array(let skipped)? = result.meta["skipped"], !skipped.isEmpty {
            foot.append("\(skipped.count) left out")
        }
        if case .array(let missing)? = result.meta["missing_semantics"], !missing.isEmpty {
            foot.append("without a timeline: " + missing.compactMap(\.text).map(shown).joined(separator: ", "))
        }
        if let id = result.meta["artifact_id"]?.text { foot.append(id) }
        return (table + [foot.joined(separator: "; ")]).joined(separator: "\n") + "\n"
    }

    private static func seconds(_ milliseconds: Double) -> String {
        let whole = Int(exactly: milliseconds.rounded()) ?? 0
        let rest = String(1000 + abs(whole) % 1000).dropFirst()
        return (whole < 0 ? "-" : "") + "\(abs(whole) / 1000).\(rest)"
    }

    /// Ids that are digests are cut.
    private static func shown(_ id: String) -> String {
        let clean = PlainText.clean(id)
        return clean.count > 20 ? clean.prefix(16) + "…" : clean
    }
}
