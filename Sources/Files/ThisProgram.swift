#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The program that runs.
package enum ThisProgram {
    /// The folder that it lies in, through symbolic links; nil where that cannot be told, which is everywhere but on Linux.
    package static let folder: String? = {
        #if os(Linux)
            var name = [CChar](repeating: 0, count: Int(PATH_MAX))
            let length = readlink("/proc/self/exe", &name, name.count)
            // A name that fills the buffer may have been cut.
            guard length > 0, length < name.count else { return nil }
            return FileSystem.parent(of: String(decoding: name[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self))
        #else
            return nil
        #endif
    }()
}
