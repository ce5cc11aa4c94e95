/// The sums of one step of a layer with 48 outputs, in registers: what the small networks spend their time on.
struct ChannelSums {
    /// Outputs of a layer.
    static let width = 48

    private var a: SIMD16<Float>
    private var b: SIMD16<Float>
    private var c: SIMD16<Float>

    @inline(__always)
    init(_ biases: UnsafePointer<Float>) {
        let row = UnsafeRawPointer(biases)
        a = row.loadUnaligned(as: SIMD16<Float>.self)
        b = row.loadUnaligned(fromByteOffset: 64, as: SIMD16<Float>.self)
        c = row.loadUnaligned(fromByteOffset: 128, as: SIMD16<Float>.self)
    }

    /// Adds `inputs · weights`.
    ///
    /// - Parameters:
    ///   - weights: `[count][width]`.
    ///   - inputs: `[count]`.
    ///   - count: Inputs.
    @inline(__always)
    mutating func add(weights: UnsafePointer<Float>, inputs: UnsafePointer<Float>, count: Int) {
        var row = UnsafeRawPointer(weights)
        for index in 0..<count {
            let value = SIMD16<Float>(repeating: inputs[index])
            a += row.loadUnaligned(as: SIMD16<Float>.self) * value
            b += row.loadUnaligned(fromByteOffset: 64, as: SIMD16<Float>.self) * value
            c += row.loadUnaligned(fromByteOffset: 128, as: SIMD16<Float>.self) * value
            row += 192
        }
    }

    /// What is below 0 becomes 0.
    @inline(__always)
    mutating func rectify() {
        let zero = SIMD16<Float>(repeating: 0)
        a.replace(with: zero, where: a .< zero)
        b.replace(with: zero, where: b .< zero)
        c.replace(with: zero, where: c .< zero)
    }

    /// Writes the sums to `target`, `[width]`.
    @inline(__always)
    func store(_ target: UnsafeMutablePointer<Float>) {
        let raw = UnsafeMutableRawPointer(target)
        raw.storeBytes(of: a, as: SIMD16<Float>.self)
        raw.storeBytes(of: b, toByteOffset: 64, as: SIMD16<Float>.self)
        raw.storeBytes(of: c, toByteOffset: 128, as: SIMD16<Float>.self)
    }
}
