// Vectors of 16 floats for the kernels of this folder, and how one kernel is compiled for several processors.
//
// A kernel is written once, as an inlined function over `vector`; KERNEL makes three functions of it and one that chooses. Products are
// added with one rounding (`fused`) in every variant, so that all give the same bits; a processor without such an instruction is slow.
#ifndef CDENSE_VECTORS_H
#define CDENSE_VECTORS_H

#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF
// Vectors never cross a call: all is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((vector_size(64), aligned(4)));
typedef int32_t whole_vector __attribute__((vector_size(64), aligned(4)));
typedef int8_t byte_vector __attribute__((vector_size(16), aligned(1)));

INLINE vector load(const float *place) { return *(const vector *)place; }
INLINE void store(vector value, float *place) { *(vector *)place = value; }
INLINE vector all_of(float value) { return value - (vector){0}; }
INLINE vector fused(vector a, vector b, vector c) { return __builtin_elementwise_fma(a, b, c); }

/// The first `count` floats, the rest `filling`.
INLINE vector load_some(const float *place, long count, float filling)
{
    vector value = all_of(filling);
    memcpy(&value, place, (size_t)count * sizeof(float));
    return value;
}

INLINE void store_some(vector value, float *place, long count) { memcpy(place, &value, (size_t)count * sizeof(float)); }

/// The sum of all 16, always in the same order.
INLINE float sum_of(vector value)
{
    float lanes[16];
    memcpy(lanes, &value, sizeof lanes);
    for (int half = 8; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
    return lanes[0];
}

INLINE float largest_of(vector value)
{
    float lanes[16];
    memcpy(lanes, &value, sizeof lanes);
    for (int half = 8; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++)
            if (lanes[lane + half] > lanes[lane]) lanes[lane] = lanes[lane + half];
    return lanes[0];
}

/// exp(x) for x in -87...87; beyond, the value at the nearer end. 2^n exp(r) with |r| at most half of log 2 and a polynomial for
/// exp(r) (Cephes, `expf`); within 2e-7.
INLINE vector exponential(vector x)
{
    x = __builtin_elementwise_min(__builtin_elementwise_max(x, all_of(-87)), all_of(87));
    // Adding 1.5 * 2^23 leaves the nearest whole number in the lowest bits.
    const vector shift = all_of(12582912.0f);
    const vector shifted = fused(x, all_of(1.44269504f), shift);
    const vector n = shifted - shift;
    const vector r = fused(n, all_of(2.12194440e-4f), fused(n, all_of(-0.693359375f), x));
    vector sum = fused(r, all_of(1.98756915e-4f), all_of(1.39819995e-3f));
    sum = fused(sum, r, all_of(8.333452e-3f));
    sum = fused(sum, r, all_of(4.1665796e-2f));
    sum = fused(sum, r, all_of(1.66666655e-1f));
    sum = fused(sum, r, all_of(0.5f));
    sum = fused(sum * r, r, r) + 1;
    const whole_vector exponent = (whole_vector)shifted - 0x4B400000;
    return sum * (vector)((exponent + 127) << 23);
}

#if defined(__x86_64__)
#define FOR_512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma")))
#define FOR_256 __attribute__((target("avx2,fma")))
extern _Atomic int cdense_widest;
#define HAS_512 (cdense_widest >= 512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
#define HAS_256 (cdense_widest >= 256 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
/// Calls the widest variant that this processor has.
#define DISPATCH(name, arguments)                 \
    {                                             \
        if (HAS_512) return name##_512 arguments; \
        if (HAS_256) return name##_256 arguments; \
        name##_128 arguments;                     \
    }
#define LOCAL_KERNEL(name, parameters, arguments)                       \
    FOR_512 static void name##_512 parameters { name##_any arguments; } \
    FOR_256 static void name##_256 parameters { name##_any arguments; } \
    static void name##_128 parameters { name##_any arguments; }         \
    static void name##_best parameters DISPATCH(name, arguments)
#else
#define LOCAL_KERNEL(name, parameters, arguments) \
    static void name##_best parameters { name##_any arguments; }
#endif
#define KERNEL(name, parameters, arguments) \
    LOCAL_KERNEL(name, parameters, arguments) \
    void name parameters { name##_best arguments; }

/// A kernel over tiles of rows by columns whose sums stay in registers: `name_any` takes first how many vectors are beside each other in
/// a tile, four where there are 32 registers of a whole vector, otherwise one.
#define EACH_OF(...) __VA_ARGS__
#define TILED_KERNEL(name, parameters, arguments)                                       \
    INLINE void name##_wide parameters { name##_any(4, EACH_OF arguments); }            \
    INLINE void name##_narrow parameters { name##_any(1, EACH_OF arguments); }          \
    TILED_KERNEL_OF(name, parameters, arguments)
#if defined(__x86_64__)
#define TILED_KERNEL_OF(name, parameters, arguments)                       \
    FOR_512 static void name##_512 parameters { name##_wide arguments; }   \
    FOR_256 static void name##_256 parameters { name##_narrow arguments; } \
    static void name##_128 parameters { name##_narrow arguments; }         \
    void name parameters DISPATCH(name, arguments)
#else
#define TILED_KERNEL_OF(name, parameters, arguments) \
    void name parameters { name##_narrow arguments; }
#endif

#endif
