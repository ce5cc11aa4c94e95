#include "CDense.h"
#include "Vectors.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// MARK: Rounding to bytes

/// The place of the weight of one output and one input.
INLINE long place_of(long output, long input, long inputs) { return ((output / 16) * (inputs / 4) + input / 4) * 64 + output % 16 * 4 + input % 4; }

INLINE float reach_of(const float *row, long count)
{
    vector reach = all_of(0);
    for (long index = 0; index < count; index += 16) {
        const vector value = load(row + index);
        reach = __builtin_elementwise_max(reach, __builtin_elementwise_max(value, -value));
    }
    return largest_of(reach);
}

/// The nearest whole numbers; ties go to the even one.
INLINE whole_vector rounded(vector value)
{
    const vector shift = all_of(12582912.0f);
    return (whole_vector)(value + shift) - 0x4B400000;
}

INLINE void cdense_pack_any(
    const float *weights, long stride, long outputs, long inputs, unsigned char *packed, float *scales)
{
    const long padded = (outputs + 15) / 16 * 16;
    for (long output = 0; output < padded; output++) {
        const float *row = weights + output * stride;
        const float reach = output < outputs ? reach_of(row, inputs) : 0;
        const float factor = reach > 0 ? 127 / reach : 0;
        scales[output] = reach / 127;
        unsigned char *target = packed + place_of(output, 0, inputs);
        for (long input = 0; input < inputs; input += 16) {
            const whole_vector bytes = output < outputs ? rounded(load(row + input) * factor) + 128 : (whole_vector){0} + 128;
            for (int group = 0; group < 4; group++)
                for (int lane = 0; lane < 4; lane++) target[group * 64 + lane] = (unsigned char)bytes[group * 4 + lane];
            target += 256;
        }
    }
}
KERNEL(cdense_pack,
       (const float *weights, long stride, long outputs, long inputs, unsigned char *packed, float *scales),
       (weights, stride, outputs, inputs, packed, scales))

void cdense_unpack(const unsigned char *packed, const float *scales, long output, long inputs, float *row)
{
    for (long input = 0; input < inputs; input++)
        row[input] = (float)(packed[place_of(output, input, inputs)] - 128) * scales[output];
}

INLINE void cdense_round_any(
    const float *rows, long stride, long height, long count, signed char *bytes, float *scales, int *sums)
{
    for (long row = 0; row < height; row++) {
        const float *source = rows + row * stride;
        signed char *target = bytes + row * count;
        const float reach = reach_of(source, count);
        const float factor = reach > 0 ? 127 / reach : 0;
        whole_vector sum = {0};
        for (long index = 0; index < count; index += 16) {
            // What is no number becomes one that is in reach.
            const vector scaled = load(source + index) * factor;
            const whole_vector value =
                rounded(__builtin_elementwise_min(__builtin_elementwise_max(scaled, all_of(-127)), all_of(127)));
            sum += value;
            *(byte_vector *)(target + index) = __builtin_convertvector(value, byte_vector);
        }
        int total = 0;
        for (int lane = 0; lane < 16; lane++) total += sum[lane];
        scales[row] = reach / 127;
        sums[row] = total;
    }
}
KERNEL(cdense_round,
       (const float *rows, long stride, long height, long count, signed char *bytes, float *scales, int *sums),
       (rows, stride, height, count, bytes, scales, sums))

// MARK: Products

#define PARAMETERS                                                                                                  \
    const signed char *rows, const float *row_scales, const int *row_sums, long height, long inputs,               \
        const unsigned char *packed, const float *scales, const float *biases, long outputs, float *target,        \
        long stride, int adds
#define ARGUMENTS rows, row_scales, row_sums, height, inputs, packed, scales, biases, outputs, target, stride, adds

/// From the sum of bytes to the number that it stands for; 16 outputs.
INLINE void finish(
    const whole_vector *sum, int row_sum, float row_scale, const float *scales, const float *biases, float *target, long count,
    int adds)
{
    const vector exact = __builtin_convertvector(*sum - 128 * row_sum, vector);
    const vector scale = load(scales) * row_scale;
    vector base = all_of(0);
    if (count >= 16) {
        if (biases) base = load(biases);
        if (adds) base += load(target);
        store(fused(exact, scale, base), target);
    } else {
        if (biases) base = load_some(biases, count, 0);
        if (adds) base += load_some(target, count, 0);
        store_some(fused(exact, scale, base), target, count);
    }
}

INLINE int32_t four(const signed char *bytes)
{
    int32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

#if defined(__x86_64__)
#define FOR_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma")))
/// `height` rows by `groups` times 16 outputs, the sums in registers.
#define TILE_VNNI(height, groups)                                                                                   \
    FOR_VNNI static inline __attribute__((always_inline)) void tile_vnni_##height##_##groups(                       \
        const signed char *rows, long inputs, const unsigned char *packed, whole_vector *sums)                      \
    {                                                                                                               \
        __m512i sum[height][groups];                                                                                \
        for (int row = 0; row < height; row++)                                                                      \
            for (int group = 0; group < groups; group++) sum[row][group] = _mm512_setzero_si512();                  \
        for (long input = 0; input < inputs; input += 4) {                                                          \
            __m512i weight[groups];                                                                                 \
            for (int group = 0; group < groups; group++)                                                            \
                weight[group] = _mm512_loadu_si512(packed + group * inputs * 16 + input * 16);                      \
            for (int row = 0; row < height; row++) {                                                                \
                const __m512i value = _mm512_set1_epi32(four(rows + row * inputs + input));                         \
                for (int group = 0; group < groups; group++)                                                        \
                    sum[row][group] = _mm512_dpbusd_epi32(sum[row][group], weight[group], value);                   \
            }                                                                                                       \
        }                                                                                                           \
        for (int row = 0; row < height; row++)                                                                      \
            for (int group = 0; group < groups; group++) sums[row * groups + group] = (whole_vector)sum[row][group]; \
    }
TILE_VNNI(6, 4)
TILE_VNNI(4, 4)
TILE_VNNI(2, 4)
TILE_VNNI(1, 4)
TILE_VNNI(6, 1)
TILE_VNNI(1, 1)

/// Without the instruction for four products: products of magnitudes and of weights that took over the signs, two of which fit into 16
/// bits (2 * 127 * 127), since no byte is -128.
#define TILE_AVX2(height)                                                                                           \
    FOR_256 static inline __attribute__((always_inline)) void tile_avx2_##height##_1(                               \
        const signed char *rows, long inputs, const unsigned char *packed, whole_vector *sums)                      \
    {                                                                                                               \
        const __m256i offset = _mm256_set1_epi8((char)128), ones = _mm256_set1_epi16(1);                            \
        __m256i sum[height][2];                                                                                     \
        for (int row = 0; row < height; row++)                                                                      \
            for (int part = 0; part < 2; part++) sum[row][part] = _mm256_setzero_si256();                           \
        for (long input = 0; input < inputs; input += 4) {                                                          \
            __m256i weight[2];                                                                                      \
            for (int part = 0; part < 2; part++)                                                                    \
                weight[part] = _mm256_xor_si256(                                                                    \
                    _mm256_loadu_si256((const __m256i *)(packed + input * 16 + part * 32)), offset);                \
            for (int row = 0; row < height; row++) {                                                                \
                const __m256i value = _mm256_set1_epi32(four(rows + row * inputs + input));                         \
                const __m256i magnitude = _mm256_abs_epi8(value);                                                   \
                for (int part = 0; part < 2; part++) {                                                              \
                    const __m256i pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(weight[part], value));   \
                    sum[row][part] = _mm256_add_epi32(sum[row][part], _mm256_madd_epi16(pairs, ones));              \
                }                                                                                                   \
            }                                                                                                       \
        }                                                                                                           \
        for (int row = 0; row < height; row++) memcpy(&sums[row], sum[row], sizeof sums[row]);                      \
    }
TILE_AVX2(4)
TILE_AVX2(1)
#endif

/// For any processor with vectors: four outputs at a time, each with sums of its own for its four bytes.
INLINE void tile_any_1_1(const signed char *rows, long inputs, const unsigned char *packed, whole_vector *sums)
{
    typedef uint8_t weight_bytes __attribute__((vector_size(16), aligned(1)));
    typedef int16_t shorts __attribute__((vector_size(32)));
    whole_vector sum[4] = {{0}, {0}, {0}, {0}};
    for (long input = 0; input < inputs; input += 4) {
        const int32_t bytes = four(rows + input);
        const int32_t repeated[4] = {bytes, bytes, bytes, bytes};
        byte_vector value;
        memcpy(&value, repeated, sizeof value);
        const whole_vector factor = __builtin_convertvector(__builtin_convertvector(value, shorts), whole_vector);
        for (int part = 0; part < 4; part++) {
            const weight_bytes weight = *(const weight_bytes *)(packed + input * 16 + part * 16);
            sum[part] += __builtin_convertvector(__builtin_convertvector(weight, shorts), whole_vector) * factor;
        }
    }
    for (int part = 0; part < 4; part++)
        for (int lane = 0; lane < 4; lane++) {
            const int32_t *four_sums = (const int32_t *)&sum[part] + lane * 4;
            (*sums)[part * 4 + lane] = four_sums[0] + four_sums[1] + four_sums[2] + four_sums[3];
        }
}

/// One step over `height` rows and `groups` groups of outputs. `offset`: whether the weights of the sums are 128 too large.
#define STEP(kind, height, groups, offset)                                                                          \
    {                                                                                                               \
        whole_vector sums[height * groups];                                                                         \
        tile_##kind##_##height##_##groups(rows + row * inputs, inputs, packed + first * inputs, sums);              \
        for (int y = 0; y < height; y++)                                                                            \
            for (int x = 0; x < groups; x++)                                                                        \
                finish(&sums[y * groups + x], offset ? row_sums[row + y] : 0, row_scales[row + y], scales + first + 16 * x, \
                       biases ? biases + first + 16 * x : biases, target + (row + y) * stride + first + 16 * x,     \
                       outputs - first - 16 * x, adds);                                                             \
        row += height;                                                                                              \
    }

#if defined(__x86_64__)
FOR_VNNI static void products_vnni(PARAMETERS)
{
    long first = 0;
    for (; first + 64 <= outputs; first += 64) {
        long row = 0;
        while (row + 6 <= height) STEP(vnni, 6, 4, 1)
        if (row + 4 <= height) STEP(vnni, 4, 4, 1)
        if (row + 2 <= height) STEP(vnni, 2, 4, 1)
        if (row < height) STEP(vnni, 1, 4, 1)
    }
    for (; first < outputs; first += 16) {
        long row = 0;
        while (row + 6 <= height) STEP(vnni, 6, 1, 1)
        while (row < height) STEP(vnni, 1, 1, 1)
    }
}

FOR_256 static void products_avx2(PARAMETERS)
{
    for (long first = 0; first < outputs; first += 16) {
        long row = 0;
        while (row + 4 <= height) STEP(avx2, 4, 1, 0)
        while (row < height) STEP(avx2, 1, 1, 0)
    }
}
#endif

static void products_any(PARAMETERS)
{
    for (long first = 0; first < outputs; first += 16) {
        long row = 0;
        while (row < height) STEP(any, 1, 1, 1)
    }
}

void cdense_products(PARAMETERS)
{
#if defined(__x86_64__)
    if (HAS_512 && __builtin_cpu_supports("avx512vnni")) return products_vnni(ARGUMENTS);
    if (HAS_256) return products_avx2(ARGUMENTS);
#endif
    products_any(ARGUMENTS);
}
