extension Double {
    /// The value with a fixed number of decimals, halves away from zero; never negative zero.
    ///
    /// LUFS, dBFS and dBTP are written with 2 places, confidences with 3.
    ///
    /// - Parameter places: decimals to keep, 0…12.
    /// - Returns: nil for NaN and infinities, which JSON cannot hold.
    public func rounded(places: Int) -> Double? {
        guard isFinite else { return nil }
        var scale = 1.0
        for _ in 0..<min(max(places, 0), 12) { scale *= 10 }
        let scaled = self * scale
        // Beyond this the decimals are no longer exact, and rounding again would change the value again.
        guard scaled.magnitude < 0x1p50 else { return self }
        let result = scaled.rounded() / scale
        return result == 0 ? 0 : result
    }

    /// The value as a confidence: inside 0…1, three decimals; NaN and infinities count as 0.
    public var roundedConfidence: Double {
        guard isFinite else { return 0 }
        return min(max(self, 0), 1).rounded(places: 3) ?? 0
    }
}
