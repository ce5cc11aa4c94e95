#include "CDense.h"

extern _Atomic int cdense_widest;

#pragma STDC FP_CONTRACT OFF

typedef float vector __attribute__((vector_size(64), aligned(4)));

// Each product is rounded before it is added.
/// `height` rows by 16 outputs, the sums in registers.
static inline __attribute__((always_inline)) void tile(
    const float *const *inputs, long taps, long stride, long count, const float *weights, const float *biases,
    long width, long first, int rectify, float *outputs, const int height)
{
    vector sums[8];
    for (int row = 0; row < height; row++) sums[row] = *(const vector *)biases;
    for (long tap = 0; tap < taps; tap++) {
        const float *input = inputs[tap] + first * stride;
        for (long index = 0; index < count; index++) {
            const vector weight = *(const vector *)weights;
            for (int row = 0; row < height; row++) sums[row] += weight * input[row * stride + index];
            weights += 16;
        }
    }
    for (int row = 0; row < height; row++) {
        vector sum = sums[row];
        if (rectify) sum = (vector)((sum >= 0) & (__typeof__(sum >= 0))sum);
        *(vector *)(outputs + (first + row) * width) = sum;
    }
}

/// For each 16 outputs, whose weights stay near, full tiles of `height` rows, then single rows.
static inline __attribute__((always_inline)) void all(
    const float *const *inputs, long taps, long stride, long count, const float *weights, const float *biases,
    long width, long rows, int rectify, float *outputs, const int height)
{
    for (long c = 0; c < width; c += 16) {
        const float *const some = weights + c * taps * count;
        long row = 0;
        for (; row + height <= rows; row += height)
            tile(inputs, taps, stride, count, some, biases + c, width, row, rectify, outputs + c, height);
        for (; row < rows; row++)
            tile(inputs, taps, stride, count, some, biases + c, width, row, rectify, outputs + c, 1);
    }
}

#define PARAMETERS \
    const float *const *inputs, long taps, long stride, long count, const float *weights, const float *biases, \
        long width, long rows, int rectify, float *outputs
#define ARGUMENTS inputs, taps, stride, count, weights, biases, width, rows, rectify, outputs

#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
__attribute__((target("avx512f"))) static void rows_512(PARAMETERS) { all(ARGUMENTS, 8); }
__attribute__((target("avx2"))) static void rows_256(PARAMETERS) { all(ARGUMENTS, 4); }
#endif
static void rows_128(PARAMETERS) { all(ARGUMENTS, 2); }

void cdense_rows(PARAMETERS)
{
#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
    if (cdense_widest >= 512 && __builtin_cpu_supports("avx512f")) return rows_512(ARGUMENTS);
    if (cdense_widest >= 256 && __builtin_cpu_supports("avx2")) return rows_256(ARGUMENTS);
#endif
    rows_128(ARGUMENTS);
}
