/// A parser that is given arbitrary bytes.
package struct FuzzTarget: Sendable {
    /// As in `Fuzz/corpus/NAME`.
    package let name: String
    /// Words of the parser's language, for the mutator, beside those that the corpus holds.
    package let tokens: [String]
    /// Longest input in bytes.
    package let maximumBytes: Int
    /// Takes any bytes and tells whether the parser took them; what breaks a promise is a ``FuzzFailure``.
    package let run: @Sendable ([UInt8]) throws -> Bool

    package init(
        _ name: String, tokens: [String] = [], maximumBytes: Int = 64 << 10,
        run: @escaping @Sendable ([UInt8]) throws -> Bool
    ) {
        self.name = name
        self.tokens = tokens
        self.maximumBytes = maximumBytes
        self.run = run
    }

    /// The same for parsers of text; bytes that are no UTF-8 are replaced.
    package static func text(
        _ name: String, tokens: [String] = [], run: @escaping @Sendable (String) throws -> Bool
    ) -> FuzzTarget {
        FuzzTarget(name, tokens: tokens) { try run(String(decoding: $0, as: UTF8.self)) }
    }
}

/// A promise that a parser did not keep.
package struct FuzzFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// - Throws: ``FuzzFailure`` when a promise is broken.
func promise(_ holds: @autoclosure () throws -> Bool, _ what: @autoclosure () -> String) throws {
    guard try holds() else { throw FuzzFailure(what()) }
}
