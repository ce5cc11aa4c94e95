#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// JSON that is put together from a frame, a value whose long lists are empty, and from the elements of these lists: the encoder holds several times
/// what it gives, and takes them a part at a time.
package struct SplicedJSON {
    package var bytes: [UInt8] = []
    private var rest: ArraySlice<UInt8>

    /// - Parameter frame: on one line, its keys sorted.
    package init(frame: Data) { rest = [UInt8](frame)[...] }

    /// Copies the frame up to where the elements of a list go. Lists are opened in the order of the frame.
    ///
    /// - Throws: `EncodingError` where the frame has no such list.
    package mutating func open(list key: String) throws {
        // No string can hold this mark: its own quotes are escaped.
        guard let mark = rest.firstRange(of: Array("\"\(key)\":[".utf8)) else {
            throw EncodingError.invalidValue(
                key, EncodingError.Context(codingPath: [], debugDescription: "the frame has no such list"))
        }
        bytes += rest[..<mark.upperBound]
        rest = rest[mark.upperBound...]
    }

    /// Writes elements, without the list's brackets.
    ///
    /// - Parameter follows: whether the list has elements before these.
    /// - Returns: where they are.
    @discardableResult package mutating func write(
        _ elements: ArraySlice<some Encodable>, follows: Bool
    ) throws -> Range<Int> {
        if follows { bytes.append(UInt8(ascii: ",")) }
        let start = bytes.count
        bytes += try TimelineJSON.encode(Array(elements)).dropFirst().dropLast()
        return start..<bytes.count
    }

    /// Copies what is left of the frame.
    package mutating func finish() {
        bytes += rest
        rest = []
    }
}
