// Compiled into libwhisper by scripts/bootstrap: the three functions that whisper.cpp 1.8 calls for an encoder of OpenVINO, handed on
// to whoever opened the library (Cueline runs OpenVINO itself, opened at run time); and one thread for the alignment of words.
#include <stdlib.h>

#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml.h"

// whisper.cpp's calls come here by a macro (hook.cmake). Four threads, ggml's default, would wait for each other
// in circles on the one core that a chunk has.
#undef ggml_backend_init_by_type
ggml_backend_t ggml_backend_init_by_type(enum ggml_backend_dev_type type, const char *parameters);
ggml_backend_t cueline_backend_init_by_type(enum ggml_backend_dev_type type, const char *parameters);

ggml_backend_t cueline_backend_init_by_type(enum ggml_backend_dev_type type, const char *parameters) {
    ggml_backend_t backend = ggml_backend_init_by_type(type, parameters);
    if (backend && type == GGML_BACKEND_DEVICE_TYPE_CPU) ggml_backend_cpu_set_n_threads(backend, 1);
    return backend;
}

struct whisper_openvino_context {
    void *encoder;
};

// Encodes `[mels][2 · frames]` to `[frames][state]`; 1 when done.
typedef int (*cueline_encode)(void *encoder, const float *mel, int mels, int steps, float *output, int frames, int state);

static cueline_encode encode;
// What the next session is opened with; sessions are opened one after the other.
static _Thread_local void *next_encoder;

__attribute__((visibility("default"))) void cueline_encoder_hook(cueline_encode function, void *encoder) {
    encode = function;
    next_encoder = encoder;
}

struct whisper_openvino_context *whisper_openvino_init(const char *path, const char *device, const char *cache) {
    (void)path;
    (void)device;
    (void)cache;
    if (!encode || !next_encoder) return NULL;
    struct whisper_openvino_context *context = malloc(sizeof *context);
    if (context) context->encoder = next_encoder;
    return context;
}

void whisper_openvino_free(struct whisper_openvino_context *context) { free(context); }

int whisper_openvino_encode(struct whisper_openvino_context *context, struct ggml_tensor *mel, struct ggml_tensor *output) {
    return encode(context->encoder, (const float *)mel->data, (int)mel->ne[1], (int)mel->ne[0], (float *)output->data,
                  (int)output->ne[1], (int)output->ne[0]);
}
