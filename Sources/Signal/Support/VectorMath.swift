/// Vectors of eight floats: the width of every hand-written kernel in this module.
typealias Vector = SIMD8<Float>

extension UnsafePointer where Pointee == Float {
    /// Eight floats from `offset` on; no alignment needed.
    @inline(__always)
    func vector(at offset: Int) -> Vector {
        UnsafeRawPointer(self + offset).loadUnaligned(as: Vector.self)
    }
}

extension UnsafeMutablePointer where Pointee == Float {
    /// Eight floats from `offset` on; no alignment needed.
    @inline(__always)
    func vector(at offset: Int) -> Vector {
        UnsafeRawPointer(self + offset).loadUnaligned(as: Vector.self)
    }

    /// Stores eight floats from `offset` on; no alignment needed.
    @inline(__always)
    func store(_ value: Vector, at offset: Int) {
        UnsafeMutableRawPointer(self + offset).storeBytes(of: value, as: Vector.self)
    }
}

/// Lane by lane the larger value. (The standard library's `pointwiseMax` is not inlined.)
@inline(__always)
func maximum(_ first: Vector, _ second: Vector) -> Vector {
    first.replacing(with: second, where: second .> first)
}

/// Lane by lane the magnitude.
@inline(__always)
func magnitude(_ vector: Vector) -> Vector {
    unsafeBitCast(unsafeBitCast(vector, to: SIMD8<UInt32>.self) & 0x7FFF_FFFF, to: Vector.self)
}

/// Highest magnitude of `count` floats; 0 for none.
package func highestMagnitude(_ samples: UnsafePointer<Float>, count: Int) -> Float {
    var index = 0
    var peaks = Vector.zero
    while index + 8 <= count {
        peaks = maximum(peaks, magnitude(samples.vector(at: index)))
        index += 8
    }
    var result = peaks.max()
    while index < count {
        result = max(result, abs(samples[index]))
        index += 1
    }
    return result
}

/// Fixed float storage with a stable address, zeroed at birth, aligned to a cache line.
package final class FloatBuffer {
    package let base: UnsafeMutablePointer<Float>
    package let count: Int

    package init(count: Int) {
        self.count = count
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
        base = raw.bindMemory(to: Float.self, capacity: max(count, 1))
        clear()
    }

    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        for index in values.indices { base[index] = values[index] }
    }

    deinit { base.deallocate() }

    func save(to writer: inout StateWriter) { writer.write(base, count: count) }

    func restore(from reader: inout StateReader) throws { try reader.read(into: base, count: count) }

    /// Makes all numbers 0.
    package func clear() { base.initialize(repeating: 0, count: max(count, 1)) }
}

/// Sum of products of two runs of `count` floats, in an order that depends on `count` alone.
@inline(__always)
package func dotProduct(_ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, count: Int) -> Float {
    var index = 0
    var sum0 = Vector.zero
    var sum1 = Vector.zero
    var sum2 = Vector.zero
    var sum3 = Vector.zero
    while index + 32 <= count {
        sum0 += first.vector(at: index) * second.vector(at: index)
        sum1 += first.vector(at: index + 8) * second.vector(at: index + 8)
        sum2 += first.vector(at: index + 16) * second.vector(at: index + 16)
        sum3 += first.vector(at: index + 24) * second.vector(at: index + 24)
        index += 32
    }
    while index + 8 <= count {
        sum0 += first.vector(at: index) * second.vector(at: index)
        index += 8
    }
    var total = ((sum0 + sum1) + (sum2 + sum3)).sum()
    while index < count {
        total += first[index] * second[index]
        index += 1
    }
    return total
}

/// The sample itself, or 0 where it is not a number, infinite or absurd (beyond ±1e12).
///
/// Samples from outside pass through here once, on entering `Downmixer`, `Resampler`, `FrameStream` or
/// `LoudnessMeter`; what lies behind them may rely on finite input whose squares and sums are finite too.
@inline(__always)
func sanitized(_ sample: Float) -> Float {
    abs(sample) <= 1e12 ? sample : 0
}
