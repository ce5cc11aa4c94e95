public import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A timeline as a page for a browser: what was heard over the sound itself, in one file that asks the network for nothing.
///
/// Waveform and loudness, a lane for each kind of event, words that follow playback and lead to their place, beats and bars, shots; from hours to
/// milliseconds however many events there are. With the keyboard, by a screen reader, dark or light, and on paper.
public struct TimelinePage: Sendable {
    /// The outline of the sound: extremes of all channels over spans of equal length.
    public struct Waveform: Sendable, Hashable {
        /// Length of a span in milliseconds.
        public var hopMs: Double
        /// -127…127 for -1…1.
        public var minima: [Int8]
        public var maxima: [Int8]

        public init(hopMs: Double, minima: [Int8] = [], maxima: [Int8] = []) {
            self.hopMs = hopMs
            self.minima = minima
            self.maxima = maxima
        }
    }

    /// Sound that a browser plays, on the timeline's clock.
    public enum Sound: Sendable, Hashable {
        /// Kept in the page.
        case bytes([UInt8], mediaType: String)
        /// Fetched by the page from where it came itself.
        case path(String)
    }

    /// A window of the recording that a shot shows.
    public struct Shot: Sendable, Hashable {
        public var startMs: Double
        public var endMs: Double
        public var label: String

        public init(startMs: Double, endMs: Double, label: String) {
            self.startMs = startMs
            self.endMs = endMs
            self.label = label
        }
    }

    public var summary: AudioSemanticTimelineSummary
    /// What to call the recording, such as its file name; the asset's identifier by default.
    public var title: String?
    public var waveform: Waveform?
    public var sound: Sound?
    public var shots: [Shot] = []

    public init(_ summary: AudioSemanticTimelineSummary) {
        self.summary = summary.sanitised()
    }

    /// Longest recording, in milliseconds: times are numbers of 32 bits in the page.
    public static let longestMs = Int(Int32.max)

    /// The page, UTF-8.
    ///
    /// - Throws: ``InterchangeError`` `tooLong`.
    public func html() throws -> [UInt8] {
        let (facts, data) = (facts, try data())
        let notices = facts.notices.map { "<li>\(MarkupText.escaped($0))</li>" }.joined()
        let media = if case .path = sound { "blob: 'self'" } else { "blob:" }
        return Self.fill(
            [
                "policy": Self.policy(media: media), "title": MarkupText.escaped(facts.title),
                "facts": MarkupText.escaped(facts.facts), "notices": notices, "about": MarkupText.escaped(facts.about),
                "begin": "showTimeline(JSON.parse(document.getElementById('timeline').textContent));",
            ].mapValues { Array($0.utf8) }.merging(["data": data]) { $1 })
    }

    /// What ``ServicePage`` shows a timeline by, as JSON: `title`, `facts`, `notices`, `about`, `asset_id` and the columns of
    /// `timeline`.
    ///
    /// - Throws: ``InterchangeError`` `tooLong`.
    public func json() throws -> [UInt8] {
        let head = try JSONEncoder().encode(facts)
        // The columns are many bytes that are JSON already; the object is left open for them.
        return head.dropLast() + Array(",\"timeline\":".utf8) + (try data()) + Array("}".utf8)
    }

    private struct Facts: Encodable {
        var title: String
        var facts: String
        var notices: [String]
        var about: String
        var assetID: String

        enum CodingKeys: String, CodingKey {
            case title
            case facts
            case notices
            case about
            case assetID = "asset_id"
        }
    }

    private var facts: Facts {
        let header = TerminalHeader(summary: summary, title: nil, width: 2000, glyphs: .unicode, unicode: true)
        let lines = [TerminalClock.short(summary.durationMs)] + header.lines.dropFirst().map(\.plainText)
        return Facts(
            title: PlainText.clean(title ?? summary.assetID), facts: lines.joined(separator: " · "),
            notices: header.notices.map(\.plainText), about: TimelineSVG.description(of: summary),
            assetID: summary.assetID)
    }

    private func data() throws -> [UInt8] {
        guard summary.durationMs <= Self.longestMs else {
            throw InterchangeError(
                code: .tooLong, message: "the timeline is longer than 24 days, which a page cannot show")
        }
        return try PageData(self).json()
    }

    /// A `Content-Security-Policy` (CSP Level 3): a page runs and looks like what is named, plays, and does nothing else.
    static func policy(
        script: String = "'unsafe-inline'", style: String = "'unsafe-inline'", media: String, connect: String = "'none'"
    ) -> String {
        "default-src 'none'; script-src \(script); style-src \(style); connect-src \(connect); media-src \(media); "
            + "img-src data:; base-uri 'none'; form-action 'none'"
    }

    /// The template with the look and the script of all pages, and fields of its own.
    static func fill(_ fields: [String: [UInt8]]) -> [UInt8] {
        let shared = ["css": PackageResources.page_css, "js": PackageResources.page_js]
        return fill(PackageResources.page_html, shared.merging(fields) { $1 })
    }

    /// Puts fields into a template: once, so that nothing in a field is taken for one.
    private static func fill(_ template: [UInt8], _ fields: [String: [UInt8]]) -> [UInt8] {
        var page: [UInt8] = []
        page.reserveCapacity(fields.values.reduce(template.count) { $0 + $1.count })
        var rest = template[...]
        while let open = rest.firstRange(of: "{{".utf8), let close = rest[open.upperBound...].firstRange(of: "}}".utf8)
        {
            page += rest[..<open.lowerBound]
            page += fields[String(decoding: rest[open.upperBound..<close.lowerBound], as: UTF8.self)] ?? []
            rest = rest[close.upperBound...]
        }
        return page + rest
    }
}
