#include "CDense.h"
#include "Vectors.h"

#include <math.h>

_Atomic int cdense_widest = 512;

void cdense_limit(int bits) { cdense_widest = bits; }

INLINE void cdense_norm_any(
    const float *rows, long height, long width, const float *gains, const float *biases, float *target)
{
    for (long row = 0; row < height; row++) {
        const float *source = rows + row * width;
        vector sum = all_of(0);
        for (long index = 0; index < width; index += 16) sum += load(source + index);
        const float mean = sum_of(sum) / (float)width;
        vector square = all_of(0);
        for (long index = 0; index < width; index += 16) {
            const vector value = load(source + index) - mean;
            square = fused(value, value, square);
        }
        const float scale = 1 / sqrtf(sum_of(square) / (float)width + 1e-5f);
        for (long index = 0; index < width; index += 16)
            store(fused((load(source + index) - mean) * scale, load(gains + index), load(biases + index)),
                  target + row * width + index);
    }
}
KERNEL(cdense_norm,
       (const float *rows, long height, long width, const float *gains, const float *biases, float *target),
       (rows, height, width, gains, biases, target))

/// Half of x times 1 + erf(x / sqrt 2), the error function by Abramowitz and Stegun, 7.1.26 (within 1.5e-7).
INLINE void cdense_gelu_any(float *values, long count)
{
    for (long index = 0; index < count; index += 16) {
        const vector x = load(values + index);
        const vector z = __builtin_elementwise_max(x, -x) * 0.70710678f;
        const vector t = 1 / fused(z, all_of(0.3275911f), all_of(1));
        vector sum = fused(t, all_of(1.061405429f), all_of(-1.453152027f));
        sum = fused(sum, t, all_of(1.421413741f));
        sum = fused(sum, t, all_of(-0.284496736f));
        sum = fused(sum, t, all_of(0.254829592f));
        const vector tail = sum * t * exponential(-z * z);
        // For x above 0 half of x (2 - tail), below half of x tail.
        const whole_vector negative = x < 0;
        const vector rest = (vector)((negative & (whole_vector)tail) | (~negative & (whole_vector)(2 - tail)));
        store(0.5f * x * rest, values + index);
    }
}
KERNEL(cdense_gelu, (float *values, long count), (values, count))

INLINE void cdense_softmax_any(float *values, long count)
{
    const long even = count / 16 * 16;
    const float least = -INFINITY;
    vector most = all_of(least);
    for (long index = 0; index < even; index += 16) most = __builtin_elementwise_max(most, load(values + index));
    if (even < count) most = __builtin_elementwise_max(most, load_some(values + even, count - even, least));
    const float top = largest_of(most);
    vector sum = all_of(0);
    for (long index = 0; index < even; index += 16) {
        const vector value = exponential(load(values + index) - top);
        store(value, values + index);
        sum += value;
    }
    if (even < count) {
        vector value = exponential(load_some(values + even, count - even, least) - top);
        store_some(value, values + even, count - even);
        sum += load_some(values + even, count - even, 0);
    }
    const float scale = 1 / sum_of(sum);
    for (long index = 0; index < even; index += 16) store(load(values + index) * scale, values + index);
    for (long index = even; index < count; index++) values[index] *= scale;
}
KERNEL(cdense_softmax, (float *values, long count), (values, count))

INLINE void cdense_scores_any(
    const float *query, const float *keys, long stride, const int *slots, long count, float *target)
{
    for (long index = 0; index < count; index++) {
        const float *key = keys + slots[index] * stride;
        vector sum = all_of(0);
        for (long part = 0; part < 64; part += 16) sum = fused(load(query + part), load(key + part), sum);
        target[index] = sum_of(sum);
    }
}
KERNEL(cdense_scores,
       (const float *query, const float *keys, long stride, const int *slots, long count, float *target),
       (query, keys, stride, slots, count, target))

INLINE void cdense_mix_slots_any(
    const float *weights, const float *values, long stride, const int *slots, long count, float *target)
{
    vector sums[4] = {all_of(0), all_of(0), all_of(0), all_of(0)};
    for (long index = 0; index < count; index++) {
        const float *value = values + slots[index] * stride;
        for (int part = 0; part < 4; part++) sums[part] = fused(all_of(weights[index]), load(value + 16 * part), sums[part]);
    }
    for (int part = 0; part < 4; part++) store(sums[part], target + 16 * part);
}
KERNEL(cdense_mix_slots,
       (const float *weights, const float *values, long stride, const int *slots, long count, float *target),
       (weights, values, stride, slots, count, target))

/// `height` rows by `parts` times 16 columns, the sums in registers; `adds` to what stands at the target.
INLINE void mix_tile(
    const float *weights, long weight_stride, const float *values, long stride, long count, float *target,
    long target_stride, int adds, const int height, const int parts)
{
    vector sums[6][4];
    for (int row = 0; row < height; row++)
        for (int part = 0; part < parts; part++)
            sums[row][part] = adds ? load(target + row * target_stride + 16 * part) : all_of(0);
    for (long index = 0; index < count; index++) {
        vector value[4];
        for (int part = 0; part < parts; part++) value[part] = load(values + index * stride + 16 * part);
        for (int row = 0; row < height; row++) {
            const vector weight = all_of(weights[row * weight_stride + index]);
            for (int part = 0; part < parts; part++) sums[row][part] = fused(weight, value[part], sums[row][part]);
        }
    }
    for (int row = 0; row < height; row++)
        for (int part = 0; part < parts; part++) store(sums[row][part], target + row * target_stride + 16 * part);
}

INLINE void cdense_mix_any(
    const int parts, const float *weights, long weight_stride, long height, const float *values, long stride, long count,
    float *target, long target_stride)
{
    // Columns that are read one after the other stay near: as many values at a time as the first cache holds.
    const long some = parts == 4 ? count : 96;
    long first = 0;
    do {
        const long left = count - first < some ? count - first : some;
        long row = 0;
        for (; row + 6 <= height; row += 6)
            for (int column = 0; column < 64; column += 16 * parts)
                mix_tile(weights + row * weight_stride + first, weight_stride, values + first * stride + column, stride, left,
                         target + row * target_stride + column, target_stride, first > 0, 6, parts);
        for (; row < height; row++)
            mix_tile(weights + row * weight_stride + first, weight_stride, values + first * stride, stride, left,
                     target + row * target_stride, target_stride, first > 0, 1, 4);
        first += some;
    } while (first < count);
}
TILED_KERNEL(cdense_mix,
             (const float *weights, long weight_stride, long height, const float *values, long stride, long count,
              float *target, long target_stride),
             (weights, weight_stride, height, values, stride, count, target, target_stride))

INLINE void mix_bytes_tile(
    const float *weights, long weight_stride, const float *scales, const signed char *values, long count, float *target,
    long target_stride, const int height, const int parts)
{
    vector sums[5][4];
    for (int row = 0; row < height; row++)
        for (int part = 0; part < parts; part++) sums[row][part] = all_of(0);
    for (long index = 0; index < count; index++) {
        vector value[4];
        for (int part = 0; part < parts; part++)
            value[part] = __builtin_convertvector(*(const byte_vector *)(values + index * 64 + 16 * part), vector);
        for (int row = 0; row < height; row++) {
            const vector weight = all_of(weights[row * weight_stride + index] * scales[index]);
            for (int part = 0; part < parts; part++) sums[row][part] = fused(weight, value[part], sums[row][part]);
        }
    }
    for (int row = 0; row < height; row++)
        for (int part = 0; part < parts; part++) store(sums[row][part], target + row * target_stride + 16 * part);
}

INLINE void cdense_mix_bytes_any(
    const int parts, const float *weights, long weight_stride, long height, const float *scales, const signed char *values,
    long count, float *target, long target_stride)
{
    long row = 0;
    for (; row + 5 <= height; row += 5)
        for (int column = 0; column < 64; column += 16 * parts)
            mix_bytes_tile(weights + row * weight_stride, weight_stride, scales, values + column, count,
                           target + row * target_stride + column, target_stride, 5, parts);
    for (; row < height; row++)
        mix_bytes_tile(weights + row * weight_stride, weight_stride, scales, values, count, target + row * target_stride,
                       target_stride, 1, 4);
}
TILED_KERNEL(cdense_mix_bytes,
             (const float *weights, long weight_stride, long height, const float *scales, const signed char *values,
              long count, float *target, long target_stride),
             (weights, weight_stride, height, scales, values, count, target, target_stride))

INLINE void exponentials_any(const float *values, long count, float top, float *target)
{
    const long even = count / 16 * 16;
    vector sum = all_of(0);
    for (long index = 0; index < even; index += 16) sum += exponential(load(values + index) - top);
    float total = sum_of(sum);
    if (even < count) {
        const vector rest = exponential(load_some(values + even, count - even, top) - top);
        for (long lane = 0; lane < count - even; lane++) total += rest[lane];
    }
    *target = total;
}
LOCAL_KERNEL(exponentials, (const float *values, long count, float top, float *target), (values, count, top, target))

float cdense_sum_of_exponentials(const float *values, long count, float top)
{
    float result;
    exponentials_best(values, count, top, &result);
    return result;
}

INLINE void largest_any(const float *values, long count, float *target)
{
    const long even = count / 16 * 16;
    vector most = all_of(values[0]);
    for (long index = 0; index < even; index += 16) most = __builtin_elementwise_max(most, load(values + index));
    if (even < count) most = __builtin_elementwise_max(most, load_some(values + even, count - even, values[0]));
    *target = largest_of(most);
}
LOCAL_KERNEL(largest, (const float *values, long count, float *target), (values, count, target))

float cdense_largest(const float *values, long count)
{
    float result;
    largest_best(values, count, &result);
    return result;
}

INLINE void top_any(const float *values, long count, long wanted, int *places, long *found)
{
    long have = 0;
    float least = -INFINITY;
    for (long first = 0; first < count; first += 64) {
        const long some = count - first < 64 ? count - first : 64;
        // Most of them have nothing to offer.
        if (some == 64) {
            const float *place = values + first;
            const vector most = __builtin_elementwise_max(__builtin_elementwise_max(load(place), load(place + 16)),
                                                          __builtin_elementwise_max(load(place + 32), load(place + 48)));
            if (!__builtin_reduce_or(most > least)) continue;
        }
        for (long index = first; index < first + some; index++) {
            if (!(values[index] > least)) continue;
            if (have < wanted) have++;
            long place = have - 1;
            for (; place > 0 && values[index] > values[places[place - 1]]; place--) places[place] = places[place - 1];
            places[place] = (int)index;
            if (have == wanted) least = values[places[wanted - 1]];
        }
    }
    *found = have;
}
LOCAL_KERNEL(top, (const float *values, long count, long wanted, int *places, long *found), (values, count, wanted, places, found))

long cdense_top(const float *values, long count, long wanted, int *places)
{
    long found = 0;
    if (wanted > 0) top_best(values, count, wanted, places, &found);
    return found;
}

INLINE void cdense_halves_any(const unsigned short *halves, long count, float *target)
{
    // The exponent moves into place as a number, which also makes subnormal ones right (IEEE 754 binary16).
    for (long index = 0; index < count; index++) {
        const uint32_t half = halves[index];
        const uint32_t bits = (half & 0x7FFF) << 13;
        float value;
        memcpy(&value, &bits, sizeof value);
        value *= 0x1p112f;
        uint32_t result;
        memcpy(&result, &value, sizeof result);
        result |= (half & 0x8000) << 16;
        if ((half & 0x7C00) == 0x7C00) result |= 0x7F800000;
        memcpy(target + index, &result, sizeof result);
    }
}
KERNEL(cdense_halves, (const unsigned short *halves, long count, float *target), (halves, count, target))
