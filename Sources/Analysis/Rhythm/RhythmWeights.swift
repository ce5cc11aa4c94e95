/// Weights of the two log-linear models, fitted as conditional logits with an L2 penalty on the corpus of rendered and
/// real music (its truth says which reading of the pulse is the beat, and where bars begin).
enum RhythmWeights {
    /// Of `MetricalLevel.features`: five bands at six phases of the beat; harmonic change; how every other beat differs;
    /// tempo; energy; bars.
    static let level: [Double] = [
        0.366, 0.223, 0.246, 0.230, 0.300, -0.154, -0.164, -0.217, -0.214, -0.230, -0.178, -0.185, -0.121, -0.260,
        -0.017, -0.204, -0.096, -0.021, 0.036, -0.068, -0.228, -0.019, -0.174, -0.149, -0.040, -0.050, 0.028, 0.004,
        -0.132, -0.116, 1.821, 12.010, -0.150, 0.088, 0.018, -0.013, -0.063, 1.700, 3.887, 0.738, -1.471, 0.070,
        0.107, 0.198, 0.021, 0.370, -0.160, -0.094, -0.095, 0.256,
    ]

    /// Of `BarModel`: 19 quantities each for downbeat, middle, last and second beat of a bar; metres 2…7; similarity one and two
    /// bars apart.
    static let bar: [Double] = [
        1.682, 0.896, -0.523, 0.961, 1.041, -1.299, -0.051, 0.089, 1.052, -0.575, 2.575, 3.514, 3.769, 3.433, 1.765,
        -1.167, -0.971, 0.970, 0.959, 0.835, -2.322, 0.350, -1.727, -0.234, 1.521, 1.868, 0.425, -1.974, 0.268,
        -0.254, -1.993, -1.871, -3.246, 0.503, -0.481, 0.652, 0.127, -0.950, -0.633, 0.174, 0.110, -0.154, 0.139,
        -0.733, 0.081, 0.055, -0.420, -1.033, -1.229, -1.267, -0.070, 0.169, -0.882, 0.003, 0.933, -0.067, -0.107,
        -2.650, -0.552, -0.233, -0.305, -1.294, 3.441, -0.145, -0.166, 0.944, 1.405, -1.244, -1.464, -0.679, -0.024,
        -1.859, 2.575, 0.403, -0.640, -0.427, 0.544, 0.748, 1.234, -0.261, -0.898, -0.377, 1.210, 0.407,
    ]
}
