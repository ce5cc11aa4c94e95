/// Texts with characters that databases do not take, or read no further than: U+0000 and, so that it can stand for it, U+0001 are
/// written as pairs. Two texts are the same exactly where their forms are.
package enum ColumnText {
    package static func encode(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 2 }) else { return text }
        return String(decoding: text.utf8.flatMap { $0 < 2 ? [1, $0 + 1] : [$0] }, as: UTF8.self)
    }

    /// What is no pair was written before there were any, and stands for itself.
    package static func decode(_ text: String) -> String {
        guard text.utf8.contains(1) else { return text }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == 1, let next = rest.first, (1...2).contains(next) {
                bytes.append(next - 1)
                rest.removeFirst()
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
