/// Named fields as bytes that no two different lists of fields share: the input of an identity's digest.
///
/// Each name and each value is its length in UTF-8 bytes as a big-endian 32-bit number, followed by those bytes. The
/// order of fields counts. Leave a field out to say that it is absent; an empty value is a value.
public struct IdentityFields: Sendable, Hashable {
    /// The encoding of all fields so far.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Appends one field; nil appends nothing.
    public mutating func append(_ name: String, _ value: String?) {
        guard let value else { return }
        append(name)
        append(value)
    }

    private mutating func append(_ text: String) {
        precondition(text.utf8.count <= UInt32.max, "an identity field holds at most 4 GiB")
        let length = UInt32(text.utf8.count)
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
        bytes.append(contentsOf: text.utf8)
    }
}
