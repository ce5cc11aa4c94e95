/// A whole file or state that no fuzzer would write, with what the input changes in it.
enum Patches {
    /// - Parameter patches: each is four bytes of a place, modulo the length, and one that is put there.
    static func apply(_ patches: ArraySlice<UInt8>, to template: [UInt8]) -> [UInt8] {
        var bytes = template
        var rest = patches
        while rest.count >= 5, !bytes.isEmpty {
            let place = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) } % bytes.count
            bytes[place] = rest[rest.startIndex + 4]
            rest = rest.dropFirst(5)
        }
        // What is left over shortens or lengthens it.
        if let last = rest.first {
            if last < 128 { bytes.removeLast(min(Int(last), bytes.count)) } else { bytes += rest }
        }
        return bytes
    }

    static func bytes(_ numbers: [Int32]) -> [UInt8] {
        numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
    }
}
