/// Makes ids that nobody guesses and that do not collide.
public enum LibraryID {
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz")

    /// Such as `art_7k2m…`: the prefix and 130 random bits, a legal identifier everywhere.
    public static func make(_ prefix: String) -> String {
        var random = SystemRandomNumberGenerator()
        return prefix + "_" + String((0..<26).map { _ in digits[Int.random(in: 0..<32, using: &random)] })
    }
}
