/// Weights of the two log-linear models, fitted as conditional logits with an L2 penalty on the corpus of rendered and
/// real music (its truth says which reading of the pulse is the beat, and where bars begin).
enum RhythmWeights {
    /// Of `MetricalLevel.features`: five bands at six phases of the beat; harmonic change; how every other beat differs;
    /// tempo; energy; bars.
    static let level: [Double] = [
        0.444, 0.187, 0.423, 0.228, 0.310, -0.213, -0.278, -0.286, -0.234, -0.335, -0.331, -0.199, -0.127, -0.459,
        0.087, -0.298, -0.115, 0.028, 0.193, -0.045, -0.281, 0.026, -0.184, -0.092, 0.110, 0.028, 0.152, 0.069,
        -0.233, -0.212, 2.051, 10.453, -0.132, 0.113, -0.000, 0.036, -0.107, 3.410, 4.611, 0.947, -1.697, 0.059,
        0.135, 0.293, 0.001, 0.844, 0.025, -0.220, -0.180, 0.316,
    ]

    /// Of `BarModel`: 19 quantities each for downbeat, middle, last and second beat of a bar; metres 2…7; similarity one and two
    /// bars apart.
    static let bar: [Double] = [
        1.927, 0.685, -0.199, 0.969, 0.987, -1.172, 0.106, -0.136, 0.950, -0.495, 2.674, 3.143, 3.673, 3.450, 1.767,
        -1.160, -1.012, 0.855, 0.596, 0.474, -1.634, 0.339, -1.484, -0.617, 1.200, 1.581, 0.838, -1.803, 0.064,
        -0.299, -2.018, -1.431, -3.011, 0.708, 0.066, 0.336, -0.047, -0.914, -0.731, 0.017, -0.361, -0.410, 0.166,
        -0.331, 0.046, 0.332, -0.437, -0.979, -1.130, -1.023, -0.421, -0.315, -0.839, 0.024, 0.957, 0.042, -0.064,
        -2.527, -0.479, -0.096, -0.337, -1.248, 3.030, 0.100, -0.343, 1.002, 1.345, -1.430, -1.250, -0.544, 0.225,
        -1.984, 2.016, 0.544, -0.732, -0.266, 0.461, 0.832, 1.121, -0.237, -0.864, -0.366, 1.239, 0.372,
    ]
}
