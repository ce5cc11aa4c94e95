/// Why the library could not do what it was asked, with a stable code.
public struct LibraryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A stable, extensible reason.
    public struct Code: Sendable, Hashable {
        package enum Kind: String {
            case conflict, missingParent, blobMissing, blobDamaged, rowDamaged, full, inUse, inputOutput, newer,
                unavailable
        }
        package let kind: Kind

        /// Something of that id is there already.
        public static let conflict = Code(kind: .conflict)
        /// What it would belong to does not exist in this scope.
        public static let missingParent = Code(kind: .missingParent)
        /// There are no bytes of that digest in this scope.
        public static let blobMissing = Code(kind: .blobMissing)
        /// The stored bytes are not those of their digest.
        public static let blobDamaged = Code(kind: .blobDamaged)
        /// A record is not what was written.
        public static let rowDamaged = Code(kind: .rowDamaged)
        /// The queue takes no more for now.
        public static let full = Code(kind: .full)
        /// Another server holds the library.
        public static let inUse = Code(kind: .inUse)
        /// Reading or writing failed: disk full, no permission.
        public static let inputOutput = Code(kind: .inputOutput)
        /// A database or a bucket does not answer; later it may.
        public static let unavailable = Code(kind: .unavailable)
        /// The library was written by a later version of this program.
        public static let newer = Code(kind: .newer)
    }

    public let code: Code
    /// For people; without paths.
    public let message: String
    /// For logs only.
    public let underlying: String?

    public init(_ code: Code, _ message: String, underlying: String? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    public var description: String { message }
}
