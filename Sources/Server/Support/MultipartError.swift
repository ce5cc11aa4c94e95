/// Why a form could not be read.
package struct MultipartError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of the failure.
    package let code: Code
    /// One short sentence without a full stop, which quotes nothing of the form.
    package let message: String

    /// An error of a kind, in words.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}

extension MultipartError {
    /// The kind of a failure; new kinds may be added.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Hashable, Sendable {
            case malformed, tooManyParts, headersTooLong, fieldTooLong, incomplete
        }

        private let kind: Kind

        /// The content type or a part's headers break the rules of RFC 7578.
        package static let malformed = Code(kind: .malformed)
        /// More parts than ``MultipartReader`` takes.
        package static let tooManyParts = Code(kind: .tooManyParts)
        /// The headers of a part are longer than ``MultipartReader`` takes.
        package static let headersTooLong = Code(kind: .headersTooLong)
        /// A part that is to be collected is longer than its limit.
        package static let fieldTooLong = Code(kind: .fieldTooLong)
        /// The body ended before the closing boundary.
        package static let incomplete = Code(kind: .incomplete)

        /// The name of the code.
        package var description: String { kind.rawValue }
    }
}
