/// Room for numbers with a stable address, zeroed at birth, aligned to a cache line.
final class FloatRoom {
    let base: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        self.count = count
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
        base = raw.bindMemory(to: Float.self, capacity: max(count, 1))
        clear()
    }

    deinit { base.deallocate() }

    /// Makes all numbers 0.
    func clear() { base.initialize(repeating: 0, count: max(count, 1)) }
}
