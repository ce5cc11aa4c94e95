// The sums of a dense layer over many rows, with the widest vectors that the processor has.
//
// Swift has no way to compile one function for several processors in a package that others may depend on; C has. Every
// variant multiplies, then adds, in the same order and without fusing the two, so that all give the same bits.
#ifndef CDENSE_H
#define CDENSE_H

#ifdef __cplusplus
extern "C" {
#endif

/// For each row r and output c: biases[c], then + inputs[t][r * stride + i] * w(t, i, c) for t in 0..<taps and
/// i in 0..<count, in this order; what is below 0 becomes 0 where `rectify` is not 0.
///
/// `width` is a multiple of 16. The weights of 16 outputs lie together: w(t, i, c) is
/// weights[((c / 16 * taps + t) * count + i) * 16 + c % 16]. `outputs` has room for rows * width numbers and overlaps
/// nothing.
void cdense_rows(
    const float *const *inputs, long taps, long stride, long count, const float *weights, const float *biases,
    long width, long rows, int rectify, float *outputs);

#ifdef __cplusplus
}
#endif

#endif
