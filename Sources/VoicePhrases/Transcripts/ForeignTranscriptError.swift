/// Why a transcript that was made elsewhere cannot be read.
public enum ForeignTranscriptError: String, Error, Sendable, Hashable, CustomStringConvertible {
    case notJSON
    /// It has neither `words` nor `segments`.
    case noLists
    /// `words` or `segments` is something else than a list.
    case notAList
    /// There are entries, but none has both a text and times.
    case nothingUsable

    /// A sentence for people.
    public var description: String {
        switch self {
        case .notJSON: "the transcript is not a JSON object"
        case .noLists: "the transcript has neither words nor segments"
        case .notAList: "the transcript's words or segments are not a list"
        case .nothingUsable: "no entry of the transcript has both a text and usable times"
        }
    }
}
