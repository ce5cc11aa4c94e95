package import Signal

/// Runs a `RhythmNetwork` over frames as they come.
///
/// Each layer keeps the few frames that its next output still needs, so the logits are those of one pass over the whole
/// recording, whatever the blocks were, and memory does not grow. One stream serves one recording and one thread.
package final class RhythmNetworkStream {
    /// Rows that pass through the layers at once, at most; between the ends of a recording they are up to twice as many.
    static let mostRows = 512

    private let network: RhythmNetwork
    private let entry: TapWindow
    private let blocks: [TapWindow]
    // Reused from call to call.
    private var rows: [Float] = []
    private var next: [Float] = []
    private var inner: [Float] = []
    private var logits: [Float] = []

    package init(_ network: RhythmNetwork = .trained) {
        self.network = network
        entry = TapWindow(width: RhythmFrontEnd.bandCount, dilation: 1)
        blocks = RhythmNetwork.dilations.map { TapWindow(width: RhythmNetwork.channels, dilation: $0) }
    }

    /// Adds frames of the front end, `[frames][bandCount]`.
    ///
    /// - Returns: The logits that are complete by now, `[frames][2]`: beat and downbeat. They lag by `RhythmNetwork.reach`.
    package func append(_ features: [Float]) -> [Float] {
        logits.removeAll(keepingCapacity: true)
        let most = Self.mostRows * RhythmFrontEnd.bandCount
        for begin in stride(from: 0, to: features.count, by: most) {
            rows.removeAll(keepingCapacity: true)
            for start in stride(from: begin, to: min(begin + most, features.count), by: RhythmFrontEnd.bandCount) {
                for band in 0..<RhythmFrontEnd.bandCount {
                    rows.append((features[start + band] - network.means[band]) * network.scales[band])
                }
            }
            run(isLast: false)
        }
        return logits
    }

    /// Ends the recording; gives the last logits.
    package func finish() -> [Float] {
        logits.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        run(isLast: true)
        return logits
    }

    private func run(isLast: Bool) {
        enter(isLast: isLast)
        for (window, block) in zip(blocks, network.blocks) { pass(window, block, isLast: isLast) }
        leave()
    }

    /// The entry: `rows` of bands become `rows` of channels.
    private func enter(isLast: Bool) {
        let window = entry
        let count = window.push(rows, isLast: isLast)
        makeRoom(count)
        // With a dilation of one, the three taps lie side by side.
        next.withUnsafeMutableBufferPointer { target in
            guard let target = target.baseAddress else { return }
            network.entry.run(window.row(0), stride: window.width, rows: count, rectified: true, into: target)
        }
        window.drop(count)
        swap(&rows, &next)
    }

    /// Makes `next` as many rows of channels long.
    private func makeRoom(_ count: Int) {
        let size = count * RhythmNetwork.channels
        if next.count > size { next.removeLast(next.count - size) }
        if next.count < size { next.append(contentsOf: repeatElement(0, count: size - next.count)) }
    }

    /// A block: `rows` become `rows`, later by its dilation.
    private func pass(_ window: TapWindow, _ block: RhythmNetwork.Block, isLast: Bool) {
        let count = window.push(rows, isLast: isLast)
        makeRoom(count)
        let size = count * RhythmNetwork.channels
        if inner.count < size { inner.append(contentsOf: repeatElement(0, count: size - inner.count)) }
        let here = window.row(window.dilation)
        inner.withUnsafeMutableBufferPointer { inner in
            next.withUnsafeMutableBufferPointer { target in
                guard let inner = inner.baseAddress, let target = target.baseAddress else { return }
                block.convolution.run(
                    (window.row(0), here, window.row(2 * window.dilation)), rows: count, rectified: true, into: inner)
                block.point.run(inner, stride: RhythmNetwork.channels, rows: count, into: target)
                for index in 0..<size { target[index] += here[index] }
            }
        }
        window.drop(count)
        swap(&rows, &next)
    }

    /// The last layer, on what is above 0.
    private func leave() {
        let width = RhythmNetwork.channels
        for row in stride(from: 0, to: rows.count, by: width) {
            for output in 0..<RhythmNetwork.outputs {
                var sum = network.exit[width * RhythmNetwork.outputs + output]
                for index in 0..<width {
                    sum += network.exit[index * RhythmNetwork.outputs + output] * max(0, rows[row + index])
                }
                logits.append(sum)
            }
        }
    }
}

/// The rows that a layer of three dilated taps still needs: row `r` of the output sees rows `r`, `r + dilation` and
/// `r + 2·dilation` of the window. Before the first and behind the last row of a recording lie zeros.
private final class TapWindow {
    let width: Int
    let dilation: Int
    private let base: UnsafeMutablePointer<Float>
    private let capacity: Int
    /// The rows lie in `base[start..<end]`.
    private var start = 0
    private var end: Int

    init(width: Int, dilation: Int) {
        self.width = width
        self.dilation = dilation
        end = dilation * width
        capacity = (4 * dilation + 2 * RhythmNetworkStream.mostRows) * width
        base = .allocate(capacity: capacity)
        base.initialize(repeating: 0, count: capacity)
    }

    deinit { base.deallocate() }

    /// Adds rows, and zeros behind the last.
    ///
    /// - Returns: How many rows of output can be computed.
    func push(_ rows: [Float], isLast: Bool) -> Int {
        let zeros = isLast ? dilation * width : 0
        if end + rows.count + zeros > capacity { compact() }
        for index in rows.indices { base[end + index] = rows[index] }
        end += rows.count
        for index in 0..<zeros { base[end + index] = 0 }
        end += zeros
        return max(0, (end - start) / width - 2 * dilation)
    }

    /// The values of a row, valid until the next call of `push`.
    @inline(__always)
    func row(_ index: Int) -> UnsafePointer<Float> { UnsafePointer(base + start + index * width) }

    /// Forgets the first rows.
    func drop(_ rows: Int) { start += rows * width }

    func save(to writer: inout StateWriter) { writer.write(base + start, count: end - start) }

    func restore(from reader: inout StateReader) throws {
        let rows: [Float] = try reader.values()
        guard rows.count <= capacity, rows.count % width == 0 else { throw StateReader.Mismatch() }
        for index in rows.indices { base[index] = rows[index] }
        (start, end) = (0, rows.count)
    }

    /// Moves the rows to the front. There are at most `2 · dilation` of them between calls.
    private func compact() {
        for index in start..<end { base[index - start] = base[index] }
        end -= start
        start = 0
    }
}

extension RhythmNetworkStream: Resumable {
    package func save(to writer: inout StateWriter) {
        for window in [entry] + blocks { window.save(to: &writer) }
    }

    package func restore(from reader: inout StateReader) throws {
        for window in [entry] + blocks { try window.restore(from: &reader) }
    }
}
