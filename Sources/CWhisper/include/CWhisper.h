// A small, stable C interface of ours over whisper.cpp 1.8.5. The library is opened with dlopen, so the program
// starts and runs without it; the layouts of whisper.cpp's structures stay inside CWhisper.c, which is compiled
// against the installed headers when `scripts/bootstrap` has linked them into this folder.
#ifndef CWHISPER_H
#define CWHISPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cw_library cw_library;
typedef struct cw_model cw_model;
typedef struct cw_session cw_session;
/// OpenVINO, opened at run time.
typedef struct cw_openvino cw_openvino;
/// Whisper's encoder, compiled for this processor; any number of encodings share it.
typedef struct cw_encoder cw_encoder;
/// An encoder's working memory; one thread at a time.
typedef struct cw_encoding cw_encoding;

/// How one call of `cw_transcribe` decodes.
typedef struct {
    int threads;
    /// Encoder frames of 20 ms to compute; 0 means all 1500.
    int audio_context;
    /// ISO 639-1; never NULL.
    const char *language;
    /// 0 decodes greedily.
    float temperature;
} cw_options;

/// One decoded segment; times in ms from the first sample.
typedef struct {
    int64_t start_ms;
    int64_t end_ms;
    float no_speech_probability;
    int token_count;
} cw_segment;

/// One decoded token.
typedef struct {
    /// Where the decoder's attention leaves the token, in ms from the first sample; negative where that is not known.
    int64_t end_ms;
    float probability;
    float log_probability;
    /// False for time stamps and control tokens.
    bool is_text;
    /// UTF-8 bytes, perhaps a part of a character; owned by the session until the next call.
    const char *text;
} cw_token;

/// Asked between steps of the computation; true stops it.
typedef bool (*cw_should_stop)(void *context);

/// True when the package was built with whisper.cpp's headers.
bool cw_has_headers(void);
/// The one version of whisper.cpp whose structures CWhisper.c knows.
const char *cw_supported_version(void);

/// Opens the library at `path`. NULL on failure, with a message in `error`. A library is never closed.
cw_library *cw_library_open(const char *path, char *error, size_t error_size);
const char *cw_library_version(const cw_library *library);
/// The instruction sets and options that the library was built with.
const char *cw_library_system_info(const cw_library *library);

/// Loads a ggml model file. NULL when it is not one.
cw_model *cw_model_load(const cw_library *library, const char *path);
void cw_model_free(cw_model *model);
bool cw_model_is_multilingual(const cw_model *model);
bool cw_model_knows_language(const cw_model *model, const char *code);

/// Whether sessions of this library can take an encoder of ours (scripts/whisper/hook.c).
bool cw_library_takes_encoder(const cw_library *library);

/// A decoder's working memory; one thread at a time. Must be freed before its model and its encoder. Without an encoder
/// (NULL) whisper.cpp's own encodes.
cw_session *cw_session_create(const cw_model *model, const cw_encoder *encoder);
void cw_session_free(cw_session *session);

/// Transcribes mono samples at 16 kHz, from 1 to 30 s, with as many encoder frames as they need at least. 0: done; 1: failed; 2: stopped.
int cw_transcribe(cw_session *session, const float *samples, int count, const cw_options *options,
                  cw_should_stop should_stop, void *context);
int cw_segment_count(const cw_session *session);
cw_segment cw_segment_at(const cw_session *session, int segment);
cw_token cw_token_at(const cw_session *session, int segment, int token);

/// The most probable language of mono samples at 16 kHz. 0 when done, with the code and its probability.
int cw_detect_language(cw_session *session, const float *samples, int count, int threads, char *code,
                       size_t code_size, float *probability);

/// True when the package was built with OpenVINO's headers.
bool cw_openvino_has_headers(void);
/// Opens libopenvino_c at `path`. NULL on failure, with a message in `error`. A library is never closed.
cw_openvino *cw_openvino_open(const char *path, char *error, size_t error_size);
const char *cw_openvino_version(const cw_openvino *library);

/// Reads and compiles an encoder (scripts/models/whisper_encoder_ir.py) in float32 that runs `streams` encodings at once, each on one
/// thread. NULL on failure, with a message in `error`.
cw_encoder *cw_encoder_load(const cw_openvino *library, const char *graph, const char *weights, int streams,
                            char *error, size_t error_size);
void cw_encoder_free(cw_encoder *encoder);
/// NULL when there is no memory for it. Must be freed before its encoder.
cw_encoding *cw_encoding_create(const cw_encoder *encoder);
void cw_encoding_free(cw_encoding *encoding);
/// `[mels][steps]` to `[frames][state]`; false when it fails or gives another size.
bool cw_encode(cw_encoding *encoding, const float *mel, int mels, int steps, float *output, int frames, int state);

#ifdef __cplusplus
}
#endif

#endif
