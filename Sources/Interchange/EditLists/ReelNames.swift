/// Gives each recording of an edit decision list a reel name: up to eight of `A`-`Z`, `0`-`9` and `_`.
struct ReelNames {
    private struct Key: Hashable {
        let id: String
        let url: String
    }

    private var names: [Key: String] = [:]
    /// The names that readers take for black, bars and auxiliary sources are never given.
    private var taken: Set<String> = ["AX", "BARS", "BL", "BLACK", "NONE"]
    private var lastNumber: [String: Int] = [:]

    static let length = 8

    /// The recording's name: the first characters of its identifier, without the prefix of a content hash; numbered
    /// where another recording has the name.
    mutating func name(of media: EditList.Media) -> String {
        let key = Key(id: media.id, url: media.url)
        if let name = names[key] { return name }
        let base = Self.base(media.id)
        var name = base
        while !taken.insert(name).inserted {
            let number = (lastNumber[base] ?? 1) + 1
            lastNumber[base] = number
            name = base.prefix(Self.length - String(number).count) + String(number)
        }
        names[key] = name
        return name
    }

    private static func base(_ id: String) -> String {
        var id = Substring(id)
        for prefix in ["sha256-", "sha256:"] where id.hasPrefix(prefix) { id = id.dropFirst(prefix.count) }
        var result = ""
        for byte in id.utf8 where result.utf8.count < length {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): result.unicodeScalars.append(Unicode.Scalar(byte - 32))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: continue
            }
        }
        return result.isEmpty ? "REEL" : result
    }
}
