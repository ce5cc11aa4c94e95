/// Where what was found in pieces of recordings is kept from one analysis to the next, by keys that say what it was made of.
///
/// It is a cache: what cannot be kept or read is found anew.
package protocol PieceStore: Sendable {
    /// The bytes that were kept under a key; nil where there are none.
    func piece(_ key: String) async -> [UInt8]?
    func keep(_ bytes: [UInt8], as key: String) async
    /// Asks somebody else to transcribe a piece, so that it will be found under its key.
    ///
    /// - Parameter bytes: a ``PieceOrder``.
    /// - Returns: false where nobody else does.
    func offer(_ bytes: [UInt8], as key: String) async -> Bool
}

extension PieceStore {
    package func offer(_ bytes: [UInt8], as key: String) async -> Bool { false }
}
