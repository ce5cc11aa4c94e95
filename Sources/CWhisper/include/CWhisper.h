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

/// One decoded token; times in ms from the first sample.
typedef struct {
    int64_t start_ms;
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

/// A decoder's working memory; one thread at a time. Must be freed before its model.
cw_session *cw_session_create(const cw_model *model);
void cw_session_free(cw_session *session);

/// Transcribes mono samples at 16 kHz. 0: done; 1: failed; 2: stopped.
int cw_transcribe(cw_session *session, const float *samples, int count, const cw_options *options,
                  cw_should_stop should_stop, void *context);
int cw_segment_count(const cw_session *session);
cw_segment cw_segment_at(const cw_session *session, int segment);
cw_token cw_token_at(const cw_session *session, int segment, int token);

/// The most probable language of mono samples at 16 kHz. 0 when done, with the code and its probability.
int cw_detect_language(cw_session *session, const float *samples, int count, int threads, char *code,
                       size_t code_size, float *probability);

#ifdef __cplusplus
}
#endif

#endif
