// Whisper's encoder by OpenVINO's C interface, opened at run time. Threads: a compiled model runs as many requests at once as
// it has streams, each on one thread, so that a chunk's numbers do not depend on how many others are at work.
#include "CWhisper.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include("openvino/c/openvino.h")
#include "openvino/c/openvino.h"
#define CW_OPENVINO 1
#else
#define CW_OPENVINO 0
#endif

// Structures and numbers of types may change between releases.
#define CW_OPENVINO_RELEASE "2026."

bool cw_openvino_has_headers(void) { return CW_OPENVINO; }

#if CW_OPENVINO

#define CW_SYMBOLS(X)                       \
    X(ov_get_openvino_version)              \
    X(ov_version_free)                      \
    X(ov_get_last_err_msg)                  \
    X(ov_core_create)                       \
    X(ov_core_free)                         \
    X(ov_core_read_model)                   \
    X(ov_core_compile_model)                \
    X(ov_model_free)                        \
    X(ov_compiled_model_create_infer_request) \
    X(ov_compiled_model_free)               \
    X(ov_infer_request_set_input_tensor)    \
    X(ov_infer_request_get_output_tensor)   \
    X(ov_infer_request_infer)               \
    X(ov_infer_request_free)                \
    X(ov_tensor_create_from_host_ptr)       \
    X(ov_tensor_get_shape)                  \
    X(ov_tensor_data)                       \
    X(ov_tensor_free)                       \
    X(ov_shape_free)

struct cw_openvino {
    char version[64];
#define CW_FIELD(name) __typeof__(&name) name;
    CW_SYMBOLS(CW_FIELD)
#undef CW_FIELD
};

struct cw_encoder {
    const cw_openvino *library;
    ov_core_t *core;
    ov_compiled_model_t *model;
};

struct cw_encoding {
    const cw_encoder *encoder;
    ov_infer_request_t *request;
};

static void cw_explain(const cw_openvino *library, char *error, size_t error_size) {
    const char *reason = library->ov_get_last_err_msg();
    snprintf(error, error_size, "%s", reason && *reason ? reason : "no reason given");
}

cw_openvino *cw_openvino_open(const char *path, char *error, size_t error_size) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(error, error_size, "%s", reason ? reason : "dlopen failed");
        return NULL;
    }
    cw_openvino *library = calloc(1, sizeof *library);
    if (!library) {
        snprintf(error, error_size, "out of memory");
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
    ov_version_t version;
    if (library->ov_get_openvino_version(&version) == OK) {
        snprintf(library->version, sizeof library->version, "%s", version.buildNumber);
        library->ov_version_free(&version);
    }
    if (strncmp(library->version, CW_OPENVINO_RELEASE, strlen(CW_OPENVINO_RELEASE)) != 0) {
        snprintf(error, error_size, "version %s, but %sx is needed", library->version, CW_OPENVINO_RELEASE);
        free(library);
        return NULL;
    }
    return library;
}

const char *cw_openvino_version(const cw_openvino *library) { return library->version; }

cw_encoder *cw_encoder_load(const cw_openvino *library, const char *graph, const char *weights, int streams,
                            char *error, size_t error_size) {
    cw_encoder *encoder = calloc(1, sizeof *encoder);
    ov_model_t *model = NULL;
    if (!encoder) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    encoder->library = library;
    char count[16];
    snprintf(count, sizeof count, "%d", streams);
    bool is_ready =
        library->ov_core_create(&encoder->core) == OK &&
        library->ov_core_read_model(encoder->core, graph, weights, &model) == OK &&
        library->ov_core_compile_model(encoder->core, model, "CPU", 8, &encoder->model, "NUM_STREAMS", count,
                                       "INFERENCE_NUM_THREADS", count, "ENABLE_CPU_PINNING", "NO",
                                       "INFERENCE_PRECISION_HINT", "f32") == OK;
    if (!is_ready) cw_explain(library, error, error_size);
    library->ov_model_free(model);
    if (is_ready) return encoder;
    cw_encoder_free(encoder);
    return NULL;
}

void cw_encoder_free(cw_encoder *encoder) {
    if (!encoder) return;
    if (encoder->model) encoder->library->ov_compiled_model_free(encoder->model);
    if (encoder->core) encoder->library->ov_core_free(encoder->core);
    free(encoder);
}

cw_encoding *cw_encoding_create(const cw_encoder *encoder) {
    cw_encoding *encoding = calloc(1, sizeof *encoding);
    if (!encoding) return NULL;
    encoding->encoder = encoder;
    if (encoder->library->ov_compiled_model_create_infer_request(encoder->model, &encoding->request) == OK) return encoding;
    free(encoding);
    return NULL;
}

void cw_encoding_free(cw_encoding *encoding) {
    if (!encoding) return;
    encoding->encoder->library->ov_infer_request_free(encoding->request);
    free(encoding);
}

// Copies what came out when it has the size that is asked for.
static bool cw_take_output(const cw_openvino *library, const ov_tensor_t *tensor, float *output, int frames, int state) {
    ov_shape_t shape = {0, NULL};
    void *values = NULL;
    if (library->ov_tensor_get_shape(tensor, &shape) != OK) return false;
    bool fits = shape.rank == 3 && shape.dims[0] == 1 && shape.dims[1] == frames && shape.dims[2] == state &&
                library->ov_tensor_data(tensor, &values) == OK;
    if (fits) memcpy(output, values, sizeof(float) * (size_t)frames * (size_t)state);
    library->ov_shape_free(&shape);
    return fits;
}

bool cw_encode(cw_encoding *encoding, const float *mel, int mels, int steps, float *output, int frames, int state) {
    const cw_openvino *library = encoding->encoder->library;
    int64_t sizes[3] = {1, mels, steps};
    ov_shape_t shape = {3, sizes};
    ov_tensor_t *input = NULL;
    ov_tensor_t *result = NULL;
    bool is_done = library->ov_tensor_create_from_host_ptr(F32, shape, (void *)mel, &input) == OK &&
                   library->ov_infer_request_set_input_tensor(encoding->request, input) == OK &&
                   library->ov_infer_request_infer(encoding->request) == OK &&
                   library->ov_infer_request_get_output_tensor(encoding->request, &result) == OK &&
                   cw_take_output(library, result, output, frames, state);
    if (result) library->ov_tensor_free(result);
    if (input) library->ov_tensor_free(input);
    return is_done;
}

#else  // Built without OpenVINO's headers: opening says so, and nothing else can be reached.

cw_openvino *cw_openvino_open(const char *path, char *error, size_t error_size) {
    (void)path;
    snprintf(error, error_size, "this build has no OpenVINO headers");
    return NULL;
}
const char *cw_openvino_version(const cw_openvino *l) { (void)l; return ""; }
cw_encoder *cw_encoder_load(const cw_openvino *l, const char *g, const char *w, int n, char *e, size_t z) {
    (void)l; (void)g; (void)w; (void)n; (void)e; (void)z;
    return NULL;
}
void cw_encoder_free(cw_encoder *e) { (void)e; }
cw_encoding *cw_encoding_create(const cw_encoder *e) { (void)e; return NULL; }
void cw_encoding_free(cw_encoding *e) { (void)e; }
bool cw_encode(cw_encoding *e, const float *m, int n, int t, float *o, int f, int s) {
    (void)e; (void)m; (void)n; (void)t; (void)o; (void)f; (void)s;
    return false;
}

#endif
