import Foundation
package import Signal
package import TimelineModel

/// What the stages of one recording found, as far as it is known.
package struct StageResults: Sendable {
    /// Facts of the decoded recording.
    package struct Decoded: Sendable, Hashable, Codable {
        /// Seconds.
        package var duration: Double
        package var warnings: [String]
    }

    /// The words of the recording.
    package struct Transcript: Sendable, Hashable, Codable {
        package var words: [TranscribedWord]
        package var language: String?
        package var languageConfidence: Double?
        /// Whether no installed model could tell the language.
        package var languageAssumed: Bool
        /// Seconds at which a passage was left out because the decoder repeated itself, and drawing gave nothing either.
        package var unintelligible: [Double]
    }

    package var decoded: Decoded?
    package var loudness: LoudnessMeasurement?
    package var voice: VoiceActivity?
    package var scene: SceneLayers?
    package var speakers: [SpeakerTurn]?
    package var transcript: Transcript?
    package var rhythm: RhythmResult?

    package init() {}

    /// Whether a stage's output is known.
    package func has(_ stage: AnalysisStage) -> Bool {
        switch stage {
        case .decode: decoded != nil
        case .loudness: loudness != nil
        case .voice: voice != nil
        case .scene: scene != nil
        case .speakers: speakers != nil
        case .transcript: transcript != nil
        case .rhythm: rhythm != nil
        }
    }

    /// A known output as bytes that ``take(_:of:)`` reads back to the bit; nil for what is not known.
    package func bytes(of stage: AnalysisStage) -> [UInt8]? {
        switch stage {
        case .decode: decoded.flatMap(Self.json)
        case .loudness: loudness?.serialized
        case .voice: voice.map { FloatBytes.encode($0.probabilities) }
        case .scene: scene.flatMap(Self.json)
        case .speakers: speakers.flatMap(Self.json)
        case .transcript: transcript.flatMap(Self.json)
        case .rhythm: rhythm.flatMap(Self.json)
        }
    }

    /// Reads a stage's output; bytes that are none leave it unknown.
    package mutating func take(_ bytes: [UInt8], of stage: AnalysisStage) {
        switch stage {
        case .decode: decoded = Self.value(bytes)
        case .loudness: loudness = LoudnessMeasurement(serialized: bytes)
        case .voice: voice = FloatBytes.decode(bytes).map { VoiceActivity(probabilities: $0) }
        case .scene: scene = Self.value(bytes)
        case .speakers: speakers = Self.value(bytes)
        case .transcript: transcript = Self.value(bytes)
        case .rhythm: rhythm = Self.value(bytes)
        }
    }

    private static func json(_ value: some Encodable) -> [UInt8]? {
        (try? TimelineJSON.encode(value)).map { [UInt8]($0) }
    }

    private static func value<Value: Decodable>(_ bytes: [UInt8]) -> Value? {
        try? TimelineJSON.decode(from: Data(bytes))
    }
}
