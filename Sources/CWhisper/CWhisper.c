#include "CWhisper.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include("whisper-headers/whisper.h")
#include "whisper-headers/whisper.h"
#define CW_HEADERS 1
#else
#define CW_HEADERS 0
#endif

#define CW_SUPPORTED_VERSION "1.8.5"

bool cw_has_headers(void) { return CW_HEADERS; }
const char *cw_supported_version(void) { return CW_SUPPORTED_VERSION; }

#if CW_HEADERS

// Every function of whisper.cpp that we call: opened by name, typed by its own declaration.
#define CW_SYMBOLS(X)                                   \
    X(whisper_version)                                  \
    X(whisper_print_system_info)                        \
    X(whisper_log_set)                                  \
    X(whisper_context_default_params)                   \
    X(whisper_init_from_file_with_params_no_state)      \
    X(whisper_init_state)                               \
    X(whisper_ctx_init_openvino_encoder_with_state)     \
    X(whisper_free)                                     \
    X(whisper_free_state)                               \
    X(whisper_is_multilingual)                          \
    X(whisper_token_eot)                                \
    X(whisper_lang_id)                                  \
    X(whisper_lang_max_id)                              \
    X(whisper_lang_str)                                 \
    X(whisper_lang_auto_detect_with_state)              \
    X(whisper_pcm_to_mel_with_state)                    \
    X(whisper_full_default_params)                      \
    X(whisper_full_with_state)                          \
    X(whisper_full_n_segments_from_state)               \
    X(whisper_full_get_segment_t0_from_state)           \
    X(whisper_full_get_segment_t1_from_state)           \
    X(whisper_full_get_segment_no_speech_prob_from_state) \
    X(whisper_full_n_tokens_from_state)                 \
    X(whisper_full_get_token_text_from_state)           \
    X(whisper_full_get_token_data_from_state)

typedef int (*cw_encode_function)(void *, const float *, int, int, float *, int, int);

struct cw_library {
#define CW_FIELD(name) __typeof__(&name) name;
    CW_SYMBOLS(CW_FIELD)
#undef CW_FIELD
    // Of libraries that scripts/bootstrap built (scripts/whisper/hook.c); NULL in others.
    void (*cueline_encoder_hook)(cw_encode_function, void *);
};

struct cw_model {
    const cw_library *library;
    struct whisper_context *context;
    int alignment_lag_ms;
};

struct cw_session {
    const cw_model *model;
    struct whisper_state *state;
    cw_encoding *encoding;
    // whisper.cpp goes on after an encoder that failed; we do not.
    bool encoder_failed;
};

static void cw_ignore_log(enum ggml_log_level level, const char *text, void *context) {
    (void)level;
    (void)text;
    (void)context;
}

cw_library *cw_library_open(const char *path, char *error, size_t error_size) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(error, error_size, "%s", reason ? reason : "dlopen failed");
        return NULL;
    }
    cw_library *library = calloc(1, sizeof *library);
    if (!library) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    // The version comes first: structures of another version would be silent memory corruption.
    library->whisper_version = (__typeof__(library->whisper_version))dlsym(handle, "whisper_version");
    const char *version = library->whisper_version ? library->whisper_version() : "unknown";
    if (!version || strcmp(version, CW_SUPPORTED_VERSION) != 0) {
        snprintf(error, error_size, "version %s, but %s is needed", version ? version : "unknown",
                 CW_SUPPORTED_VERSION);
        free(library);
        return NULL;
    }
#define CW_LOAD(name)                                                          \
    library->name = (__typeof__(library->name))dlsym(handle, #name);           \
    if (!library->name) {                                                      \
        snprintf(error, error_size, "symbol %s is missing", #name);            \
        free(library);                                                         \
        return NULL;                                                           \
    }
    CW_SYMBOLS(CW_LOAD)
#undef CW_LOAD
    library->cueline_encoder_hook =
        (__typeof__(library->cueline_encoder_hook))dlsym(handle, "cueline_encoder_hook");
    library->whisper_log_set(cw_ignore_log, NULL);
    return library;
}

const char *cw_library_version(const cw_library *library) { return library->whisper_version(); }
const char *cw_library_system_info(const cw_library *library) { return library->whisper_print_system_info(); }

// Which heads of the decoder follow the sound, by the model's size: OpenAI's lists, which whisper.cpp has. Of other models all heads of
// the upper half.
static void cw_choose_heads(struct whisper_context_params *parameters, const char *path) {
    int32_t header[11] = {0};  // magic, vocabulary, audio context, state, heads, layers, text context, state, heads, layers, mels
    FILE *file = fopen(path, "rb");
    if (file) {
        if (fread(header, sizeof header, 1, file) != 1) memset(header, 0, sizeof header);
        fclose(file);
    }
    bool is_english = header[1] == 51864;
    int encoder_layers = header[5], layers = header[9];
    enum whisper_alignment_heads_preset preset = WHISPER_AHEADS_N_TOP_MOST;
    if (encoder_layers == layers && layers == 4) preset = is_english ? WHISPER_AHEADS_TINY_EN : WHISPER_AHEADS_TINY;
    if (encoder_layers == layers && layers == 6) preset = is_english ? WHISPER_AHEADS_BASE_EN : WHISPER_AHEADS_BASE;
    if (encoder_layers == layers && layers == 12) preset = is_english ? WHISPER_AHEADS_SMALL_EN : WHISPER_AHEADS_SMALL;
    if (encoder_layers == layers && layers == 24) preset = is_english ? WHISPER_AHEADS_MEDIUM_EN : WHISPER_AHEADS_MEDIUM;
    if (encoder_layers == layers && layers == 32) preset = header[10] == 128 ? WHISPER_AHEADS_LARGE_V3 : WHISPER_AHEADS_LARGE_V2;
    if (encoder_layers == 32 && layers == 4) preset = WHISPER_AHEADS_LARGE_V3_TURBO;
    parameters->dtw_token_timestamps = true;
    parameters->dtw_aheads_preset = preset;
    parameters->dtw_n_top = layers > 1 ? layers / 2 : 1;
}

// How late attention leaves a word, as a median over read prompts (`make bench-speech`); of other models nothing is known.
static int cw_alignment_lag_ms(enum whisper_alignment_heads_preset preset) {
    return preset == WHISPER_AHEADS_TINY_EN ? 90 : 0;
}

cw_model *cw_model_load(const cw_library *library, const char *path) {
    struct whisper_context_params parameters = library->whisper_context_default_params();
    parameters.use_gpu = false;
    // With flash attention, 1.8.5 gives output that depends on the call before, unless the encoder's context is a
    // multiple of 256 frames; on a processor it is no faster.
    parameters.flash_attn = false;
    cw_choose_heads(&parameters, path);
    struct whisper_context *context = library->whisper_init_from_file_with_params_no_state(path, parameters);
    if (!context) return NULL;
    cw_model *model = calloc(1, sizeof *model);
    if (!model) {
        library->whisper_free(context);
        return NULL;
    }
    model->library = library;
    model->context = context;
    model->alignment_lag_ms = cw_alignment_lag_ms(parameters.dtw_aheads_preset);
    return model;
}

void cw_model_free(cw_model *model) {
    if (!model) return;
    model->library->whisper_free(model->context);
    free(model);
}

bool cw_model_is_multilingual(const cw_model *model) {
    return model->library->whisper_is_multilingual(model->context) != 0;
}

bool cw_model_knows_language(const cw_model *model, const char *code) {
    if (!cw_model_is_multilingual(model)) return strcmp(code, "en") == 0;
    // whisper_lang_id accepts full names as well; only codes are ours.
    int id = model->library->whisper_lang_id(code);
    return id >= 0 && strcmp(model->library->whisper_lang_str(id), code) == 0;
}

bool cw_library_takes_encoder(const cw_library *library) { return library->cueline_encoder_hook != NULL; }

static int cw_session_encode(void *context, const float *mel, int mels, int steps, float *output, int frames, int state) {
    cw_session *session = context;
    if (cw_encode(session->encoding, mel, mels, steps, output, frames, state)) return 1;
    session->encoder_failed = true;
    memset(output, 0, sizeof(float) * (size_t)frames * (size_t)state);
    return 0;
}

static bool cw_attach(cw_session *session, const cw_encoder *encoder) {
    const cw_library *library = session->model->library;
    if (!library->cueline_encoder_hook) return false;
    session->encoding = cw_encoding_create(encoder);
    if (!session->encoding) return false;
    library->cueline_encoder_hook(cw_session_encode, session);
    // The names mean nothing to the hook.
    return library->whisper_ctx_init_openvino_encoder_with_state(session->model->context, session->state, "", "", "") == 0;
}

cw_session *cw_session_create(const cw_model *model, const cw_encoder *encoder) {
    cw_session *session = calloc(1, sizeof *session);
    if (!session) return NULL;
    session->model = model;
    session->state = model->library->whisper_init_state(model->context);
    if (session->state && (!encoder || cw_attach(session, encoder))) return session;
    cw_session_free(session);
    return NULL;
}

void cw_session_free(cw_session *session) {
    if (!session) return;
    if (session->state) session->model->library->whisper_free_state(session->state);
    cw_encoding_free(session->encoding);
    free(session);
}

typedef struct {
    cw_should_stop should_stop;
    void *context;
    bool stopped;
} cw_stop_request;

static bool cw_abort_computation(void *data) {
    cw_stop_request *request = data;
    if (request->should_stop && request->should_stop(request->context)) request->stopped = true;
    return request->stopped;
}

static bool cw_begin_encoder(struct whisper_context *context, struct whisper_state *state, void *data) {
    (void)context;
    (void)state;
    return !cw_abort_computation(data);
}

int cw_transcribe(cw_session *session, const float *samples, int count, const cw_options *options,
                  cw_should_stop should_stop, void *context) {
    const cw_library *library = session->model->library;
    cw_stop_request request = {should_stop, context, false};
    struct whisper_full_params parameters = library->whisper_full_default_params(WHISPER_SAMPLING_GREEDY);
    parameters.n_threads = options->threads;
    parameters.audio_ctx = options->audio_context;
    parameters.language = options->language;
    parameters.detect_language = false;
    parameters.translate = false;
    // Chunks stand alone: nothing is carried from one to the next, and nothing is sampled unless asked.
    parameters.no_context = true;
    parameters.temperature = options->temperature;
    parameters.temperature_inc = 0;
    parameters.greedy.best_of = 1;
    // One pass over the chunk: a second one over its end would say again what was heard, and its alignment could be too short for
    // whisper.cpp, which then ends the process.
    parameters.single_segment = true;
    parameters.suppress_blank = true;
    parameters.suppress_nst = true;
    parameters.print_special = false;
    parameters.print_progress = false;
    parameters.print_realtime = false;
    parameters.print_timestamps = false;
    parameters.abort_callback = cw_abort_computation;
    parameters.abort_callback_user_data = &request;
    parameters.encoder_begin_callback = cw_begin_encoder;
    parameters.encoder_begin_callback_user_data = &request;
    session->encoder_failed = false;
    int status = library->whisper_full_with_state(session->model->context, session->state, parameters, samples, count);
    if (request.stopped) return 2;
    return status == 0 && !session->encoder_failed ? 0 : 1;
}

int cw_segment_count(const cw_session *session) {
    return session->model->library->whisper_full_n_segments_from_state(session->state);
}

cw_segment cw_segment_at(const cw_session *session, int segment) {
    const cw_library *library = session->model->library;
    cw_segment result = {
        .start_ms = library->whisper_full_get_segment_t0_from_state(session->state, segment) * 10,
        .end_ms = library->whisper_full_get_segment_t1_from_state(session->state, segment) * 10,
        .no_speech_probability = library->whisper_full_get_segment_no_speech_prob_from_state(session->state, segment),
        .token_count = library->whisper_full_n_tokens_from_state(session->state, segment),
    };
    return result;
}

cw_token cw_token_at(const cw_session *session, int segment, int token) {
    const cw_library *library = session->model->library;
    struct whisper_context *context = session->model->context;
    whisper_token_data data = library->whisper_full_get_token_data_from_state(session->state, segment, token);
    cw_token result = {
        .end_ms = data.t_dtw < 0 ? -1 : data.t_dtw * 10 - session->model->alignment_lag_ms,
        .probability = data.p,
        .log_probability = data.plog,
        .is_text = data.id < library->whisper_token_eot(context),
        .text = library->whisper_full_get_token_text_from_state(context, session->state, segment, token),
    };
    return result;
}

int cw_detect_language(cw_session *session, const float *samples, int count, int threads, char *code,
                       size_t code_size, float *probability) {
    const cw_library *library = session->model->library;
    struct whisper_context *context = session->model->context;
    int languages = library->whisper_lang_max_id() + 1;
    float *probabilities = calloc((size_t)languages, sizeof *probabilities);
    if (!probabilities) return 1;
    int id = -1;
    session->encoder_failed = false;
    if (library->whisper_pcm_to_mel_with_state(context, session->state, samples, count, threads) == 0) {
        id = library->whisper_lang_auto_detect_with_state(context, session->state, 0, threads, probabilities);
    }
    if (id >= 0 && id < languages) {
        snprintf(code, code_size, "%s", library->whisper_lang_str(id));
        *probability = probabilities[id];
    }
    free(probabilities);
    return id >= 0 && !session->encoder_failed ? 0 : 1;
}

#else  // Built without whisper.cpp's headers: opening says so, and nothing else can be reached.

cw_library *cw_library_open(const char *path, char *error, size_t error_size) {
    (void)path;
    snprintf(error, error_size, "this build has no whisper.cpp headers; run scripts/bootstrap and build again");
    return NULL;
}
const char *cw_library_version(const cw_library *l) { (void)l; return ""; }
const char *cw_library_system_info(const cw_library *l) { (void)l; return ""; }
cw_model *cw_model_load(const cw_library *l, const char *p) { (void)l; (void)p; return NULL; }
void cw_model_free(cw_model *m) { (void)m; }
bool cw_model_is_multilingual(const cw_model *m) { (void)m; return false; }
bool cw_model_knows_language(const cw_model *m, const char *c) { (void)m; (void)c; return false; }
bool cw_library_takes_encoder(const cw_library *l) { (void)l; return false; }
cw_session *cw_session_create(const cw_model *m, const cw_encoder *e) { (void)m; (void)e; return NULL; }
void cw_session_free(cw_session *s) { (void)s; }
int cw_transcribe(cw_session *s, const float *x, int n, const cw_options *o, cw_should_stop f, void *c) {
    (void)s; (void)x; (void)n; (void)o; (void)f; (void)c;
    return 1;
}
int cw_segment_count(const cw_session *s) { (void)s; return 0; }
cw_segment cw_segment_at(const cw_session *s, int i) { (void)s; (void)i; return (cw_segment){0}; }
cw_token cw_token_at(const cw_session *s, int i, int j) { (void)s; (void)i; (void)j; return (cw_token){0}; }
int cw_detect_language(cw_session *s, const float *x, int n, int t, char *c, size_t z, float *p) {
    (void)s; (void)x; (void)n; (void)t; (void)c; (void)z; (void)p;
    return 1;
}

#endif
