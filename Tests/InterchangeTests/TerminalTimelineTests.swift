import Interchange
import Testing
import TimelineModel

@Suite("The timeline on a terminal")
struct TerminalTimelineTests {
    private func render(
        _ summary: AudioSemanticTimelineSummary, width: Int = 80, color: Bool = false, unicode: Bool = true,
        title: String? = "moon.wav"
    ) -> String {
        TerminalTimeline(summary, options: .init(width: width, color: color, unicode: unicode, title: title)).render()
    }

    @Test("Eighty columns")
    func wide() {
        #expect(render(Sample.full()) == Self.wideText)
    }

    @Test("Forty columns of ASCII")
    func narrow() {
        var summary = Sample.full()
        summary.meta.backendType = "stub"
        summary.meta.fallbackReason = "whisper: library not found"
        summary.meta.warnings = ["truncated"]
        #expect(render(summary, width: 40, unicode: false, title: nil) == Self.narrowText)
    }

    @Test("The stub says that nothing was heard, and which part is missing")
    func stub() {
        var summary = Sample.summary([AudioEvent(kind: .speech, startMs: 0, endMs: 5)], backendType: "stub")
        summary.meta.fallbackReason = "configured"
        summary.meta.clamped = ["min_silence_ms"]
        summary.meta.backendInfo = BackendInfo(
            backendType: "stub", backendVersion: "audio_semantic_stub_v1",
            dependencies: ["ffmpeg": .init(available: true), "whisper": .init(available: false, error: "no library")])
        let text = render(summary)
        #expect(text.contains("! STUB: not heard. Speech, music and beats below are an invented pattern.\n"))
        #expect(text.contains("configured"))
        #expect(text.contains("! whisper is missing: no library\n") && !text.contains("ffmpeg is missing"))
        #expect(text.contains("clamped: min_silence_ms"))
        #expect(!render(Sample.full()).contains("! "))
    }

    @Test("Colour adds sequences around the same text and nothing else")
    func color() {
        let colored = render(Sample.full(), color: true)
        #expect(colored.contains("\u{1B}[38;5;39m"))
        var plain = ""
        var rest = colored[...]
        while let escape = rest.firstIndex(of: "\u{1B}") {
            plain += rest[..<escape]
            rest = rest[escape...].drop { $0 != "m" }.dropFirst()
        }
        #expect(plain + rest == render(Sample.full()))
        #expect(!render(Sample.full()).contains("\u{1B}"))
    }

    @Test("Nothing from a transcript, name or message reaches the terminal as a command")
    func sanitising() {
        let attack = "a\u{1B}]0;owned\u{7}\u{9B}2J\r\n\tb\u{202E}c\u{200B}\u{8}\u{7F}\u{85}d\u{2028}e"
        var event = Sample.speech("x")
        event.transcription = attack
        event.speakerID = attack
        var summary = Sample.summary([event], backendType: "stub")
        summary.assetID = attack
        summary.meta.modelUsed = attack
        summary.meta.language = attack
        summary.meta.backendVersion = attack
        summary.meta.fallbackReason = attack
        summary.meta.warnings = [attack]
        summary.meta.clamped = [attack]
        summary.meta.backendInfo = BackendInfo(
            backendType: "stub", backendVersion: "x", dependencies: [attack: .init(available: false, error: attack)])
        event.meta.words = [TimelineWord(word: attack, startMs: 0, endMs: 9, confidence: 1)]
        for text in [
            render(summary, title: attack), render(summary, title: nil), WebVTT().text(of: Sample.summary([event])),
            SRT().text(of: Sample.summary([event])),
        ] {
            let obeyed = text.unicodeScalars.filter { scalar in
                scalar != "\n" && [.control, .format, .lineSeparator].contains(scalar.properties.generalCategory)
            }
            #expect(obeyed.isEmpty)
            #expect(text.contains("a]0;owned2J bc d e"))
        }
    }

    @Test("No line is wider than the terminal", arguments: [-5, 40, 41, 57, 80, 119, 200, 5_000])
    func width(width: Int) {
        let limit = min(max(width, 40), 200)
        let texts = [
            "short", String(repeating: "word ", count: 90), String(repeating: "unbroken", count: 60),
            String(repeating: "日本語テキスト", count: 40), String(repeating: "👩‍👩‍👧 é ", count: 70), "",
        ]
        for (index, text) in texts.enumerated() {
            for scale in [1, 997, 3_600_000] {
                var summary = Sample.full()
                summary.durationMs *= scale
                for position in summary.events.indices {
                    summary.events[position].startMs *= scale
                    summary.events[position].endMs *= scale
                    summary.events[position].speakerID = index % 2 == 0 ? nil : text
                    if summary.events[position].kind == .speech { summary.events[position].transcription = text }
                }
                for position in summary.beats.indices { summary.beats[position].timeMs *= scale }
                summary.meta.modelUsed = text
                summary.meta.warnings = [text]
                for unicode in [true, false] {
                    let lines = render(summary, width: width, unicode: unicode, title: text).split(separator: "\n")
                    #expect(lines.allSatisfy { $0.count <= limit && Self.columns($0) <= limit })
                }
            }
        }
    }

    @Test("In a long recording all speech is listed and the rest summed up")
    func long() {
        var events: [AudioEvent] = []
        for index in 0..<300 {
            let start = index * 3_000
            events.append(Sample.speech("word\(index).", startMs: start))
            events[events.count - 1].endMs = start + 1_000
            events.append(AudioEvent(kind: .silence, startMs: start + 1_000, endMs: start + 2_000))
            events.append(AudioEvent(kind: .other, startMs: start + 2_000, endMs: start + 3_000))
        }
        let text = render(Sample.summary(events))
        #expect((0..<300).allSatisfy { text.contains("    word\($0).\n") })
        #expect(text.contains("    (2 events: other 0:01.000, silence 0:01.000)\n"))
        #expect(text.split(separator: "\n").count < 300 * 3 + 20)
    }

    @Test("Timelines that are empty or broken are shown without trapping")
    func broken() {
        #expect(render(Sample.summary([])).hasPrefix("moon.wav"))
        var summary = Sample.full()
        summary.durationMs = .max
        summary.events.append(AudioEvent(kind: .other, startMs: .max, endMs: .min, loudnessLUFS: .nan))
        summary.events.append(
            AudioEvent(kind: .music, startMs: .min, endMs: .max, loudnessLUFS: 1e308, confidence: 9e99))
        summary.beats.append(BeatEvent(timeMs: .min))
        summary.meta.tempoBPM = .infinity
        summary.meta.clipWindowMs = [-1e300, 1e300]
        summary.meta.loudness?.hopMs = .min
        #expect(render(summary).split(separator: "\n").allSatisfy { $0.count <= 80 })
        summary.durationMs = 1
        #expect(!render(summary, width: 200).isEmpty)
    }

    /// Columns by a rule of its own: two for everything from Hangul and CJK upwards and for emoji.
    private static func columns(_ line: Substring) -> Int {
        line.reduce(0) { sum, character in
            let wide = character.unicodeScalars.contains { scalar in
                scalar.properties.isEmojiPresentation || (0x2E80...0xFFDC).contains(scalar.value)
            }
            return sum + (wide ? 2 : 1)
        }
    }

    private static let wideText = """
        moon.wav                                                                    0:20
        whisper_librosa_v2 · whisper_tiny.en · language en (assumed) · -18.2 LUFS
        peak -1.3 dBTP · 120.0 BPM · 4 beats a bar

                  0:00             0:05              0:10             0:15
                  ┼────────────────┼─────────────────┼────────────────┼─────────────────
        speech           ████████████████████████████
        music                                 █████████████████████████████████▒
        other                                                                  ▓████████
        silence   ███████
        loudness         ▄▅▅▅▆▆▆▇▇██▂▂▂▃▃▄▄▄▅▅▅▆▆▇▇██▁▂▂▃▃▃▄▄▅▅▅▆▆▆▇▇██▂▂▂▃▃▄▄▄▅▅▅▆▆▇▇██
        beats                                  · · ┃ ·· · ┃ ·· · ┃ ·· · ┃ ·

        0:00.000–0:02.000 silence 100%
        0:02.000–0:10.000 speech  -18.3 LUFS 93%
            And so, my fellow Americans, ask not what your country can do for you, ask
            what you can do for it.
        0:08.000–0:17.500 music   -21.0 LUFS 80%
        0:17.500–0:20.000 other
        16 beats in 4 bars, 0:08.500–0:16.000, first downbeat 0:09.500

        """

    private static let narrowText = """
        sha256-1234                         0:20
        whisper_librosa_v2, whisper_tiny.en
        language en (assumed), -18.2 LUFS
        peak -1.3 dBTP, 120.0 BPM, 4 beats a bar

        ! STUB: not heard. Speech, music and
          beats below are an invented pattern.
          Reason: whisper: library not found.
        ! Warning: truncated

                  0:00           0:10
                  +--------------+--------------
        speech       ############
        music                 ##############:
        other                               +###
        silence   ###
        loudness     +**%#.-=+*%#.-=+**%#.-=+*%#
        beats                 ''|''|''|''|'

        0:00.000-0:02.000 silence 100%
        0:02.000-0:10.000 speech  -18.3 LUFS 93%
          And so, my fellow Americans, ask not
          what your country can do for you, ask
          what you can do for it.
        0:08.000-0:17.500 music   -21.0 LUFS 80%
        0:17.500-0:20.000 other
        16 beats in 4 bars, 0:08.500-0:16.000,
        first downbeat 0:09.500

        """
}
