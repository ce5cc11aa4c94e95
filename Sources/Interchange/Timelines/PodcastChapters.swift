public import TimelineModel

/// Writes chapters for podcast players (Podcasting 2.0, "JSON Chapters Format" 1.2, `application/json+chapters`).
///
/// The first chapter begins at 0; another where speech begins again after ``shortestBreakMs`` without speech, unless
/// the last one began less than ``shortestChapterMs`` before. Its title is how its speech begins; a chapter without
/// speech but with music is `Music`, and without known words `Chapter 2`. Times are seconds, exact to the millisecond.
public struct PodcastChapters: Sendable, Hashable {
    /// Milliseconds without speech, be it music or silence, after which speech begins a chapter.
    public var shortestBreakMs = 4_000
    public var shortestChapterMs = 60_000
    /// Characters, the ellipsis included; only whole words are kept.
    public var longestTitle = 50

    private struct Chapter {
        var startMs: Int
        var title: String?
        var hasSpeech = false
        var hasMusic = false
    }

    public init() {}

    /// The file's text: JSON with one chapter a line. The `description` of an invented timeline says so.
    public func text(of summary: AudioSemanticTimelineSummary) -> String {
        let bytes = JSONWriter.bytes(.compact) { json in
            json.member("version", "1.2.0")
            if let notice = summary.standInNotice { json.member("description", notice) }
            json.lines("chapters") { json in
                for (index, chapter) in chapters(of: OrderedTimeline(summary)).enumerated() {
                    let isMusic = chapter.hasMusic && !chapter.hasSpeech
                    json.element { json in
                        json.member("startTime", literal: DecimalSeconds.shortest(chapter.startMs))
                        json.member("title", chapter.title ?? (isMusic ? "Music" : "Chapter \(index + 1)"))
                    }
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func chapters(of timeline: OrderedTimeline) -> [Chapter] {
        var chapters: [Chapter] = []
        var chapter = Chapter(startMs: 0)
        var speechEndMs = 0
        for event in timeline.events where event.kind == .speech || event.kind == .music {
            guard event.kind == .speech else {
                chapter.hasMusic = true
                continue
            }
            if event.startMs - speechEndMs >= max(shortestBreakMs, 0),
                event.startMs - chapter.startMs >= max(shortestChapterMs, 1)
            {
                chapters.append(chapter)
                chapter = Chapter(startMs: event.startMs)
            }
            if chapter.title == nil { chapter.title = event.spokenText.map(title) }
            chapter.hasSpeech = true
            speechEndMs = max(speechEndMs, event.endMs)
        }
        chapters.append(chapter)
        return chapters
    }

    /// As many whole words as fit, or as many characters of the first.
    private func title(_ text: String) -> String {
        let limit = max(longestTitle, 1)
        let start = text.prefix(limit + 1)
        guard start.count > limit else { return text }
        let room = start.prefix(limit - 1)
        let next = text[room.endIndex]
        let cut = next == " " ? room.endIndex : room.lastIndex(of: " ") ?? room.endIndex
        var kept = text[..<cut]
        while let last = kept.last, last == " " || ",;:-–—".contains(last) { kept = kept.dropLast() }
        return kept + "…"
    }
}
