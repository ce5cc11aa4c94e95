// The sums of a dense layer over many rows, with the widest vectors that the processor has.
//
// Swift has no way to compile one function for several processors in a package that others may depend on; C has. Every
// variant adds up in the same order and rounds at the same places, so that all give the same bits.
#ifndef CDENSE_H
#define CDENSE_H

#ifdef __cplusplus
extern "C" {
#endif

/// For tests: vectors have at most so many bits from now on, in the whole process; 512 is the most there is.
void cdense_limit(int bits);

/// For each row r and output c: biases[c], then + inputs[t][r * stride + i] * w(t, i, c) for t in 0..<taps and
/// i in 0..<count, in this order; what is below 0 becomes 0 where `rectify` is not 0.
///
/// `width` is a multiple of 16. The weights of 16 outputs lie together: w(t, i, c) is
/// weights[((c / 16 * taps + t) * count + i) * 16 + c % 16]. `outputs` has room for rows * width numbers and overlaps
/// nothing.
void cdense_rows(
    const float *const *inputs, long taps, long stride, long count, const float *weights, const float *biases,
    long width, long rows, int rectify, float *outputs);

// MARK: Layers of a transformer: matrices as bytes, everything else as floats
//
// Sums of bytes are exact, those of floats are added up in one order with one rounding a product: the same bits everywhere.

/// Rounds the rows of a matrix to bytes, each row by its own largest magnitude, and packs them for `cdense_products`.
///
/// `inputs` is a multiple of 16, `stride` the distance of rows. `packed` has room for inputs numbers for each output, `scales` for one,
/// both for outputs up to a multiple of 16.
void cdense_pack(
    const float *weights, long stride, long outputs, long inputs, unsigned char *packed, float *scales);

/// A row of a packed matrix as numbers.
void cdense_unpack(const unsigned char *packed, const float *scales, long output, long inputs, float *row);

/// Rounds rows to bytes, each by its own largest magnitude: `bytes` [height][count], `scales` [height], the bytes' sums [height].
/// `count` is a multiple of 16.
void cdense_round(
    const float *rows, long stride, long height, long count, signed char *bytes, float *scales, int *sums);

/// For each row r and output o: biases[o] (0 where `biases` is NULL), plus what stands at target[r * stride + o] where `adds` is not
/// 0, plus the product of the row with the output's weights.
void cdense_products(
    const signed char *rows, const float *row_scales, const int *row_sums, long height, long inputs,
    const unsigned char *packed, const float *scales, const float *biases, long outputs, float *target, long stride,
    int adds);

/// Layer normalisation of rows (Ba et al., 2016) with an epsilon of 1e-5. `width` is a multiple of 16; may work in place.
void cdense_norm(
    const float *rows, long height, long width, const float *gains, const float *biases, float *target);

/// The Gaussian error linear unit of each number, in place; `count` is a multiple of 16.
void cdense_gelu(float *values, long count);

/// The softmax of numbers, in place.
void cdense_softmax(float *values, long count);

/// The sum of exp(value - top) over all values; those far below `top` count as next to nothing.
float cdense_sum_of_exponentials(const float *values, long count, float top);

/// The largest of some numbers; `count` is at least 1.
float cdense_largest(const float *values, long count);

/// The places of the `wanted` largest of some numbers, the largest first, of equal ones the first; fewer where numbers are -infinity.
/// Returns how many.
long cdense_top(const float *values, long count, long wanted, int *places);

/// The products of a query with `count` keys of 64 numbers, that of slot s at keys + s * stride.
void cdense_scores(const float *query, const float *keys, long stride, const int *slots, long count, float *target);

/// The weighted sum of `count` values of 64 numbers, that of slot s at values + s * stride.
void cdense_mix_slots(
    const float *weights, const float *values, long stride, const int *slots, long count, float *target);

/// For each of `height` rows of weights the weighted sum of `count` values of 64 numbers, `stride` apart.
void cdense_mix(
    const float *weights, long weight_stride, long height, const float *values, long stride, long count, float *target,
    long target_stride);

/// For each of `height` rows of weights the sum of weights[i] * scales[i] * values[i] over values of 64 bytes, [count][64].
void cdense_mix_bytes(
    const float *weights, long weight_stride, long height, const float *scales, const signed char *values, long count,
    float *target, long target_stride);

/// Numbers of 16 bits (IEEE 754 binary16) as numbers of 32; what is infinite or no number stays so.
void cdense_halves(const unsigned short *halves, long count, float *target);

#ifdef __cplusplus
}
#endif

#endif
