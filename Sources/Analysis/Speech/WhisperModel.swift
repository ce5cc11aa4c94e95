import CWhisper

/// A loaded Whisper model: weights that any number of sessions share.
package final class WhisperModel: Sendable {
    /// Read-only after loading, freed with the last reference.
    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let handle: Handle
    private let library: WhisperLibrary
    /// Encodes in whisper.cpp's place.
    let encoder: SpeechEncoder?
    package let isMultilingual: Bool

    var pointer: OpaquePointer { handle.pointer }

    /// - Throws: ``AnalysisError`` `backendUnavailable` when the file is no ggml Whisper model.
    package init(path: String, library: WhisperLibrary, encoder: SpeechEncoder? = nil) throws {
        guard let pointer = cw_model_load(library.pointer, path) else {
            throw AnalysisError(.backendUnavailable, "the Whisper model cannot be loaded")
        }
        handle = Handle(pointer: pointer)
        self.library = library
        self.encoder = encoder
        isMultilingual = cw_model_is_multilingual(pointer)
    }

    deinit {
        cw_model_free(handle.pointer)
    }

    /// Whether the model can transcribe the language with this ISO 639-1 code.
    package func knows(language code: String) -> Bool {
        cw_model_knows_language(handle.pointer, code)
    }
}
