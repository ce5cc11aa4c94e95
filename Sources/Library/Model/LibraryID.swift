/// Makes ids that nobody guesses and that do not collide.
public enum LibraryID {
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz")

    /// Such as `art_7k2m…`: the prefix and 130 random bits, a legal identifier everywhere.
    public static func make(_ prefix: String) -> String {
        var random = SystemRandomNumberGenerator()
        return prefix + "_" + String((0..<26).map { _ in digits[Int.random(in: 0..<32, using: &random)] })
    }

    /// The id that a digest stands for: the prefix and its first 130 bits.
    ///
    /// - Parameter digest: at least 17 bytes of a cryptographic hash over all that the thing is made of, its scope
    ///   included.
    public static func make(_ prefix: String, digest: some Collection<UInt8>) -> String {
        var text = ""
        var bits: UInt32 = 0
        var count = 0
        for byte in digest where text.utf8.count < 26 {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5, text.utf8.count < 26 {
                count -= 5
                text.append(digits[Int(bits >> UInt32(count)) & 31])
            }
        }
        return prefix + "_" + text
    }
}
