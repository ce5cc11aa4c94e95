import Foundation
import TimelineModel

/// Reading JSON that a command or an editor wrote.
enum JSONFile {
    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - what: what the JSON should be, for the message.
    /// - Throws: ``CommandError`` `noInput`, `notMedia`.
    static func read<Value: Decodable>(_ path: String, as what: String) throws -> Value {
        let data: Data
        do {
            data =
                path == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data() : try Data(contentsOf: URL(filePath: path))
        } catch {
            throw CommandError(status: .noInput, message: "\(AnalyzeRun.shownName(path)) cannot be read")
        }
        do {
            return try TimelineJSON.decode(from: data)
        } catch {
            throw CommandError(status: .notMedia, message: "\(AnalyzeRun.shownName(path)) is not \(what)")
        }
    }

    /// A timeline; also one inside of what the service answers.
    static func timeline(_ path: String) throws -> AudioSemanticTimelineSummary {
        let found: TimelineOrAnswer = try read(path, as: "a timeline's JSON")
        return found.summary
    }

    private struct TimelineOrAnswer: Decodable {
        var summary: AudioSemanticTimelineSummary

        private enum CodingKeys: String, CodingKey { case summary }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            summary =
                container.contains(.summary)
                ? try container.decode(AudioSemanticTimelineSummary.self, forKey: .summary)
                : try AudioSemanticTimelineSummary(from: decoder)
        }
    }
}
