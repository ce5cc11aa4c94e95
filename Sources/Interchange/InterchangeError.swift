/// Why a format cannot hold what it was given.
public struct InterchangeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A stable name of the reason.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name, in snake case.
        public let description: String

        /// The format counts frames, and the list is at a rate that it has none for, such as milliseconds.
        public static let frameRateNeeded = Code(description: "frame_rate_needed")
        /// The form has no numbers for times that late.
        public static let tooLong = Code(description: "too_long")
    }

    public let code: Code
    /// The reason in words.
    public let message: String

    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code): \(message)" }
}
