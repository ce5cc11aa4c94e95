/// Average linkage by chains of nearest neighbours (Benzécri 1982; Murtagh 1983): the same groups as joining the most
/// alike pair again and again, in quadratic time and linear memory.
///
/// The average cosine between two groups is the product of their sums over the product of their counts, so that sums are
/// all that has to be kept. Joining never makes two groups more like a third one: one whose nearest neighbour is below the
/// threshold is finished.
struct AverageLinkage {
    private(set) var sums: [[Float]]
    private(set) var counts: [Float]
    /// Where each group went, itself at first.
    private var parents: [Int]
    private var active: [Int]

    init(sums: [[Float]], counts: [Float]) {
        self.sums = sums
        self.counts = counts
        parents = Array(sums.indices)
        active = parents
    }

    /// The groups that are left, in order of their first members.
    var remaining: [Int] { parents.indices.filter { parents[$0] == $0 } }

    /// For each group of the beginning its place in `remaining`.
    var labels: [Int] {
        var places: [Int: Int] = [:]
        return parents.indices.map { index in
            // A parent has a smaller number, and is never changed after its children.
            var root = index
            while parents[root] != root { root = parents[root] }
            if let place = places[root] { return place }
            places[root] = places.count
            return places.count - 1
        }
    }

    /// - Throws: `CancellationError`.
    mutating func join(threshold: Float) throws {
        var chain: [Int] = []
        while let first = active.first {
            try Task.checkCancellation()
            let last = chain.last ?? first
            if chain.isEmpty { chain.append(first) }
            let previous = chain.count > 1 ? chain[chain.count - 2] : nil
            let (nearest, likeness) = nearest(to: last, preferring: previous)
            guard let nearest, likeness >= threshold else {
                active.removeAll { $0 == last }
                chain.removeLast()
                continue
            }
            guard nearest == previous else {
                chain.append(nearest)
                continue
            }
            chain.removeLast(2)
            let (kept, gone) = (min(last, nearest), max(last, nearest))
            for index in sums[kept].indices { sums[kept][index] += sums[gone][index] }
            counts[kept] += counts[gone]
            parents[gone] = kept
            active.removeAll { $0 == gone }
        }
    }

    private func nearest(to group: Int, preferring previous: Int?) -> (Int?, Float) {
        var best: (group: Int?, likeness: Float) = (nil, -.infinity)
        for other in active where other != group {
            let likeness = dot(sums[group], sums[other]) / (counts[group] * counts[other])
            if likeness > best.likeness || (likeness == best.likeness && other == previous) { best = (other, likeness) }
        }
        return best
    }
}
