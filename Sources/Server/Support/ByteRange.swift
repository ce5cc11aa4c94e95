/// What a `Range` header asks for.
package enum ByteRangeResult: Sendable, Hashable {
    /// The whole representation: the header is absent, malformed, of another unit, or names several ranges.
    case whole
    /// These bytes; never empty, always inside of the representation.
    case part(Range<Int64>)
    /// Bytes that are not there.
    case unsatisfiable
}

/// Reads `Range` headers (RFC 9110, section 14).
package enum ByteRange {
    /// The bytes that a header asks for.
    ///
    /// The last five bytes of nothing are nothing: they can be satisfied, but not as a part, hence `whole`.
    ///
    /// - Parameters:
    ///   - header: such as `bytes=0-499`, `bytes=500-`, `bytes=-500`.
    ///   - length: Bytes of the representation.
    package static func parse(_ header: String, length: Int64) -> ByteRangeResult {
        let length = max(length, 0)
        let sides = header.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, String(Substring(sides[0])).lowercased() == "bytes" else { return .whole }
        // Lists may have empty elements (section 5.6.1.2).
        let ranges = sides[1].split(separator: UInt8(ascii: ","))
            .map { ArraySlice($0).trimmingBlanks() }
            .filter { !$0.isEmpty }
        guard ranges.count == 1, let range = ranges.first else { return .whole }
        let ends = range.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard ends.count == 2 else { return .whole }
        switch (position(ends[0]), position(ends[1])) {
        case (.number(let first), .number(let last)):
            guard first <= last else { return .whole }
            return first < length ? .part(first..<min(last, length - 1) + 1) : .unsatisfiable
        case (.number(let first), .absent):
            return first < length ? .part(first..<length) : .unsatisfiable
        case (.absent, .number(let suffix)):
            guard suffix > 0 else { return .unsatisfiable }
            return length > 0 ? .part(max(0, length - suffix)..<length) : .whole
        case (.absent, .absent), (.malformed, _), (_, .malformed): return .whole
        }
    }

    private enum Position {
        case absent
        case number(Int64)
        case malformed
    }

    /// Digits only; what is too large for the type is its largest value, which is beyond any representation.
    private static func position(_ digits: ArraySlice<UInt8>) -> Position {
        guard !digits.isEmpty else { return .absent }
        var value: Int64 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return .malformed }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeNow) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            value = isTooLarge || isTooLargeNow ? .max : sum
        }
        return .number(value)
    }
}
