/// Eight floats: the width of the element-wise steps of the networks.
typealias Lanes = SIMD8<Float>

/// `1 / (1 + exp(−x))` lane by lane, within 2e-7, with the same bits everywhere.
@inline(__always)
func logistic(_ value: Lanes) -> Lanes {
    1 / (1 + exponential(-value))
}

/// The hyperbolic tangent lane by lane, within 4e-7, with the same bits everywhere.
@inline(__always)
func hyperbolicTangent(_ value: Lanes) -> Lanes {
    2 * logistic(2 * value) - 1
}

/// `exp(x)` lane by lane for `x` in −87...87; beyond, the value at the nearer end. What is not a number gives anything.
///
/// `2^n · exp(r)`, where `|r|` is at most half of `log 2` and `exp(r)` a polynomial: the first terms of its series, the
/// last ones fitted (Cephes, `expf`).
@inline(__always)
private func exponential(_ value: Lanes) -> Lanes {
    let bound = Lanes(repeating: 87)
    let bounded = value.replacing(with: bound, where: value .> bound).replacing(with: -bound, where: value .< -bound)
    // Adding 1.5 · 2^23 leaves the nearest whole number in the lowest bits.
    let shift = Lanes(repeating: 12_582_912)
    let shifted = bounded * 1.442_695_04 + shift
    let whole = shifted - shift
    let rest = bounded - whole * 0.693_359_375 + whole * 2.121_944_4e-4
    var sum = rest * 1.987_569_15e-4 + 1.398_199_95e-3
    sum = sum * rest + 8.333_452e-3
    sum = sum * rest + 4.166_579_6e-2
    sum = sum * rest + 1.666_666_55e-1
    sum = sum * rest + 0.5
    sum = sum * rest * rest + rest + 1
    let exponent = unsafeBitCast(shifted, to: SIMD8<Int32>.self) &- 0x4B40_0000
    return sum * unsafeBitCast((exponent &+ 127) &<< 23, to: Lanes.self)
}
