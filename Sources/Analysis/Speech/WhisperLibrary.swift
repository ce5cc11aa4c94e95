import CWhisper

/// whisper.cpp, opened at run time. Opening it costs milliseconds and is done once for each path.
package final class WhisperLibrary: Sendable {
    /// A handle of C that is only read after it was made; the library is never closed.
    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let handle: Handle
    /// The library's own version, such as `1.8.5`.
    package let version: String
    /// The instruction sets that the library was built with: part of what makes results reproducible.
    package let systemInfo: String

    /// Whether an encoder of ours can take the place of whisper.cpp's.
    package var takesEncoder: Bool { cw_library_takes_encoder(pointer) }

    var pointer: OpaquePointer { handle.pointer }

    /// - Throws: ``AnalysisError`` `backendUnavailable` with the loader's message.
    package init(path: String) throws {
        var message = [CChar](repeating: 0, count: 512)
        guard let pointer = cw_library_open(path, &message, message.count) else {
            throw AnalysisError(
                .backendUnavailable, "whisper.cpp cannot be used: \(String(cBuffer: message).withoutFolders)")
        }
        handle = Handle(pointer: pointer)
        version = String(cString: cw_library_version(pointer))
        systemInfo = String(cString: cw_library_system_info(pointer))
    }

    /// The version that this build of the package can talk to, nil when it was built without the headers.
    package static var supportedVersion: String? {
        cw_has_headers() ? String(cString: cw_supported_version()) : nil
    }
}

extension String {
    /// Loaders name whole paths; a caller is told the files' names.
    var withoutFolders: String {
        split(separator: " ").map { $0.split(separator: "/").last.map(String.init) ?? String($0) }.joined(
            separator: " ")
    }

    /// The text of a NUL-terminated buffer of C.
    init(cBuffer: [CChar]) {
        self = String(decoding: cBuffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
