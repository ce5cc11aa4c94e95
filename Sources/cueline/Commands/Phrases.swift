import ArgumentParser
import Foundation
import TimelineModel
import VoicePhrases

/// `cueline phrases`: what was said, in stretches without long pauses.
struct Phrases: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put the words of a timeline together to phrases.",
        discussion: """
            A pause longer than --max-gap-ms, or another voice, begins a new phrase. Phrases are never stretched and \
            never overlap. On a terminal they are listed; into a pipe, or to -o, goes JSON.
            """)

    @Argument(help: ArgumentHelp("A timeline's JSON, or - for standard input.", valueName: "timeline"))
    var timeline: String

    @Option(help: ArgumentHelp("Longest pause inside of a phrase, 0 to 60000.", valueName: "N"))
    var maxGapMs = 500

    @Option(help: ArgumentHelp("Shorter phrases are left out, 0 to 60000.", valueName: "N"))
    var minPhraseLenMs = 200

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "OUT"))
    var output: String?

    @Flag(help: "JSON on a terminal too.")
    var json = false

    private struct Answer: Encodable {
        struct Meta: Encodable {
            var engine: String
            var count: Int
            var droppedShort: Int
            var skippedWords: Int
            var transcriptFound: Bool

            private enum CodingKeys: String, CodingKey {
                case engine
                case count
                case droppedShort = "dropped_short"
                case skippedWords = "skipped_words"
                case transcriptFound = "transcript_found"
            }
        }

        var phrases: [VoicePhrase]
        var meta: Meta
    }

    func validate() throws {
        guard PhraseRule.maxGapRangeMs.contains(maxGapMs), PhraseRule.minPhraseLenRangeMs.contains(minPhraseLenMs)
        else { throw ValidationError("--max-gap-ms and --min-phrase-len-ms must be between 0 and 60000.") }
    }

    func run() async throws {
        try await reportingFailures {
            let summary = try JSONFile.timeline(timeline)
            let words = summary.spokenWords
            let found = PhraseBuilder(rule: PhraseRule(maxGapMs: maxGapMs, minPhraseLenMs: minPhraseLenMs))
                .phrases(of: words)
            if output == nil, Console.outputIsTerminal, !json {
                try Console.printOutput(
                    PhraseListing.text(
                        found.phrases, droppedShort: found.droppedShort,
                        width: Console.width(environment: ProcessInfo.processInfo.environment)))
                return
            }
            let answer = Answer(
                phrases: found.phrases,
                meta: Answer.Meta(
                    engine: PhraseRule.version, count: found.phrases.count, droppedShort: found.droppedShort,
                    skippedWords: found.skippedWords, transcriptFound: words.count > found.skippedWords))
            let bytes = Array(try TimelineJSON.encode(answer)) + Array("\n".utf8)
            if let output { try OutputFile.write(bytes, to: output) } else { try Console.printOutput(bytes) }
        }
    }
}
