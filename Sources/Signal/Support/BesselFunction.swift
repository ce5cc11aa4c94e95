/// Modified Bessel function of the first kind and order 0, by its power series: the shape of Kaiser's window.
///
/// Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", ISCAS 1974.
func besselI0(_ value: Double) -> Double {
    let quarter = value * value / 4
    var term = 1.0
    var sum = 1.0
    var order = 1.0
    while term > sum * 1e-17 {
        term *= quarter / (order * order)
        sum += term
        order += 1
    }
    return sum
}
