import TimelineModel

/// The characters that a picture is made of.
struct TerminalGlyphs {
    /// A cell by how much of it is filled, from the least that shows to all.
    let shades: [Character]
    /// Levels from quiet to loud.
    let levels: [Character]
    let beat: Character
    let downbeat: Character
    let tick: Character
    let rule: Character
    let separator: String
    let dash: String

    static let unicode = TerminalGlyphs(
        shades: ["░", "▒", "▓", "█"], levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"], beat: "·", downbeat: "┃",
        tick: "┼", rule: "─", separator: " · ", dash: "–")
    static let ascii = TerminalGlyphs(
        shades: [".", ":", "+", "#"], levels: ["_", ".", "-", "=", "+", "*", "%", "#"], beat: "'", downbeat: "|",
        tick: "+", rule: "-", separator: ", ", dash: "-")

    /// The shade of a cell of which a share, 0…1, is filled; nil where nothing is.
    func shade(_ share: Double) -> Character? {
        guard share > 0 else { return nil }
        let index = Int(exactly: (min(share, 1) * Double(shades.count)).rounded(.up)) ?? shades.count
        return shades[min(max(index, 1), shades.count) - 1]
    }

    /// -60 LUFS and below is the lowest level, -10 and above the highest.
    func level(_ lufs: Double) -> Character {
        let share = min(max((lufs + 60) / 50, 0), 1) * Double(levels.count - 1)
        return levels[Int(exactly: share.rounded()) ?? 0]
    }
}

/// Times as people write them.
enum TerminalClock {
    /// `m:ss`, `h:mm:ss` from an hour on; to the nearest second.
    static func short(_ milliseconds: Int) -> String {
        let time = max(milliseconds, 0)
        return whole(time / 1000 + (time % 1000 >= 500 ? 1 : 0))
    }

    /// `m:ss.mmm`, `h:mm:ss.mmm` from an hour on.
    static func precise(_ milliseconds: Int) -> String {
        let time = max(milliseconds, 0)
        return whole(time / 1000) + "." + CaptionClock.padded(time % 1000, 3)
    }

    private static func whole(_ seconds: Int) -> String {
        let minutes = seconds / 60
        let rest = CaptionClock.padded(seconds % 60, 2)
        return minutes < 60 ? "\(minutes):\(rest)" : "\(minutes / 60):\(CaptionClock.padded(minutes % 60, 2)):\(rest)"
    }
}
