import CWhisper

/// Whisper's encoder, run by OpenVINO: two to three times as fast as whisper.cpp's own on a processor.
///
/// Loaded once; every session encodes with working memory of its own, on one thread, so that results depend neither on how many are at
/// work nor on what was heard before.
package final class SpeechEncoder: Sendable {
    /// Why an encoder cannot be used; whisper.cpp's own can stand in.
    struct Unusable: Error {
        var file: EncoderFile
        var reason: String
    }

    /// Read-only after loading, freed with the last reference.
    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let handle: Handle

    var pointer: OpaquePointer { handle.pointer }

    /// - Parameters:
    ///   - library: the path of libopenvino_c.
    ///   - atOnce: encodings at a time; more wait.
    /// - Throws: ``Unusable``.
    package init(file: EncoderFile, library: String, atOnce: Int) throws {
        var message = [CChar](repeating: 0, count: 512)
        guard let openvino = cw_openvino_open(library, &message, message.count),
            let pointer = cw_encoder_load(
                openvino, file.graph, file.weights, Int32(clamping: atOnce), &message, message.count)
        else { throw Unusable(file: file, reason: String(cBuffer: message).withoutFolders) }
        handle = Handle(pointer: pointer)
    }

    deinit {
        cw_encoder_free(handle.pointer)
    }
}
