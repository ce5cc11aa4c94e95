/// The key under which an analysis is known to its callers: readable, and an alias only.
///
/// It says what was asked, not what was heard: a hit needs the semantic identity too.
public struct AudioSemanticCacheKey: Sendable, Hashable, CustomStringConvertible {
    /// `tenant|env|asset|artifact|beats|speech_music|min_silence|loudness_window|backend|user`, with `None`, `True`,
    /// `False` and `anonymous` spelt so, for example `t1|dev|a123|None|True|True|300|1000|whisper_librosa_v2|u1`.
    public let value: String

    /// - Parameters:
    ///   - identifiers: checked; `%` and `|` in the user are percent-encoded, no other field can hold them.
    ///   - parameters: their clamped values count.
    ///   - backendVersion: such as `whisper_librosa_v2`; without `|`.
    public init(identifiers: Identifiers, parameters: AnalysisParameters, backendVersion: String) {
        value = [
            identifiers.tenantID, identifiers.env, identifiers.assetID, identifiers.artifactID ?? "None",
            Self.spelled(parameters.includeBeats), Self.spelled(parameters.includeSpeechMusic),
            String(parameters.minSilenceMs), String(parameters.loudnessWindowMs), backendVersion,
            identifiers.userID.map(Self.percentEncoded) ?? "anonymous",
        ].joined(separator: "|")
    }

    public var description: String { value }

    private static func spelled(_ flag: Bool) -> String { flag ? "True" : "False" }

    private static func percentEncoded(_ user: String) -> String {
        var result = ""
        for scalar in user.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "|": result += "%7C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
