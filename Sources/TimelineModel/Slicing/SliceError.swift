/// Why a window cannot be cut from a timeline.
public enum SliceError: String, Error, Sendable, Hashable, CustomStringConvertible {
    /// An edge or the speed is NaN or infinite.
    case notFinite
    /// The window starts before the recording.
    case negativeStart
    /// The window ends before it starts.
    case inverted
    /// Nothing is left of the window after rounding its edges (and dividing by the speed).
    case empty
    /// The speed is zero, negative, or so small that times leave the representable range.
    case unusableSpeed
    /// The timeline is already in the time of a clip that plays at another speed; cut the source's instead.
    case alreadyScaled

    /// A sentence for people.
    public var description: String {
        switch self {
        case .notFinite: "the window and the speed must be finite numbers"
        case .negativeStart: "the window must not start before zero"
        case .inverted: "the window ends before it starts"
        case .empty: "the window is empty"
        case .unusableSpeed: "the speed must be greater than zero"
        case .alreadyScaled: "the timeline is in timeline time already; slice the source's timeline"
        }
    }
}
