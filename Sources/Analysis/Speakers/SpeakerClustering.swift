import Signal

/// Groups directions by voice.
///
/// Groups grow by average linkage: the two that are most alike join, as long as a member of one is on average as like a
/// member of the other as `threshold` says. Very small groups are no speakers but odd moments of one; they join the group
/// that they are nearest to. The result depends on nothing but the numbers and their order.
package struct SpeakerClustering {
    package struct Options: Sendable, Hashable {
        /// Average cosine between the stretches of two groups from which on they are one voice. What matters most here:
        /// higher finds more speakers.
        package var threshold: Float = 0.30
        /// Stretches that heard less than this many frames only choose among the voices that others made.
        package var fullStretch = 80
        /// Seconds of talking that make a speaker, in frames.
        package var leastWeight: Float = 200
        /// A group with a smaller share of the talking joins another one that is nearer than `ghostCosine`.
        package var ghostShare: Float = 0.08
        package var ghostCosine: Float = 0.4
        /// Stretches that are grouped at once. Of more, blocks are grouped first, and then their groups: time and memory
        /// stay linear in the length of the recording.
        package var blockCount = 4096

        package init() {}
    }

    /// A group's direction, and how much talking it has.
    package struct Voice: Sendable {
        /// Sum of the members' directions times their weights.
        package fileprivate(set) var sum: [Float]
        package fileprivate(set) var weight: Float
        /// Of length 1.
        package private(set) var direction: [Float] = []

        fileprivate init(width: Int) {
            sum = [Float](repeating: 0, count: width)
            weight = 0
        }

        fileprivate mutating func settle() {
            let length = max(1e-12, dot(sum, sum)).squareRoot()
            direction = sum.map { $0 / length }
        }
    }

    private let vectors: [Float]
    /// Where a stretch's direction is among the vectors.
    private let places: [Int]
    private let weights: [Float]
    private let options: Options
    private let width: Int
    /// For each stretch the number of its voice.
    package private(set) var labels: [Int] = []
    package private(set) var voices: [Voice] = []

    /// - Parameters:
    ///   - vectors: Directions of length 1, `width` numbers each.
    ///   - places: The directions that count, by their numbers; nil: all of them.
    ///   - weights: Frames of talking, one for each direction that counts.
    ///   - heardCounts: Frames that each of these was made from.
    /// - Throws: `CancellationError`.
    package init(
        vectors: [Float], places: [Int]? = nil, weights: [Int], heardCounts: [Int], width: Int = SpeakerEncoder.width,
        options: Options = Options()
    ) throws {
        self.vectors = vectors
        self.places = places ?? Array(weights.indices)
        self.weights = weights.map { Float(max(1, $0)) }
        self.options = options
        self.width = width
        guard !weights.isEmpty else { return }
        let chosen = clearStretches(heardCounts)
        voices = makeVoices(chosen, labels: try agglomerated(chosen))
        dropGhosts(total: chosen.reduce(0) { $0 + self.weights[$1] })
        let all = Array(weights.indices)
        for _ in 0..<3 {
            labels = all.map(nearestVoice)
            voices = makeVoices(all, labels: labels)
        }
        dropGhosts(total: self.weights.reduce(0, +))
        labels = all.map(nearestVoice)
    }

    /// How like a voice a stretch is: the cosine, −1...1.
    package func likeness(_ stretch: Int, to voice: Int) -> Float {
        dot(voices[voice].direction, vectors, at: places[stretch] * width)
    }

    /// The stretches that make voices: long ones, or all where these are few.
    private func clearStretches(_ heardCounts: [Int]) -> [Int] {
        let long = heardCounts.indices.filter { heardCounts[$0] >= options.fullStretch }
        let weight = long.reduce(0) { $0 + weights[$1] }
        return long.count >= 2 && weight >= 0.3 * weights.reduce(0, +) ? long : Array(heardCounts.indices)
    }

    private func nearestVoice(_ stretch: Int) -> Int {
        var best = (voice: 0, likeness: -Float.infinity)
        for voice in voices.indices {
            let value = likeness(stretch, to: voice)
            if value > best.likeness { best = (voice, value) }
        }
        return best.voice
    }

    /// The voices of labelled stretches, those without any left out.
    private func makeVoices(_ stretches: [Int], labels: [Int]) -> [Voice] {
        var result: [Int: Voice] = [:]
        for (stretch, label) in zip(stretches, labels) {
            result[label, default: Voice(width: width)].weight += weights[stretch]
            for index in 0..<width {
                result[label]?.sum[index] += vectors[places[stretch] * width + index] * weights[stretch]
            }
        }
        return result.sorted { $0.key < $1.key }.map { entry in
            var voice = entry.value
            voice.settle()
            return voice
        }
    }

    /// Joins groups that are too small to be speakers to others, the smallest first.
    private mutating func dropGhosts(total: Float) {
        var index = 0
        while voices.count > 1, index < voices.count {
            let order = voices.indices.sorted { (voices[$0].weight, $0) < (voices[$1].weight, $1) }
            let ghost = order[index]
            let weight = voices[ghost].weight
            guard weight < max(options.leastWeight, options.ghostShare * total) else { return }
            var nearest = (voice: 0, cosine: -Float.infinity)
            for other in voices.indices where other != ghost {
                let cosine = dot(voices[ghost].direction, voices[other].direction)
                if cosine > nearest.cosine { nearest = (other, cosine) }
            }
            guard weight < options.leastWeight || nearest.cosine >= options.ghostCosine else {
                index += 1
                continue
            }
            for place in 0..<width { voices[nearest.voice].sum[place] += voices[ghost].sum[place] }
            voices[nearest.voice].weight += weight
            voices[nearest.voice].settle()
            voices.remove(at: ghost)
            index = 0
        }
    }

    /// A label for each of `stretches`.
    private func agglomerated(_ stretches: [Int]) throws -> [Int] {
        // The first groups are the stretches themselves, made when they are needed.
        var groups: [[Float]]?
        var counts: [Float] = []
        var labels = Array(stretches.indices)
        while true {
            let before = groups?.count ?? stretches.count
            var joined: [Int] = []
            var nextGroups: [[Float]] = []
            var nextCounts: [Float] = []
            for start in stride(from: 0, to: before, by: options.blockCount) {
                let block = start..<min(before, start + options.blockCount)
                var linkage =
                    if let groups {
                        AverageLinkage(sums: Array(groups[block]), counts: Array(counts[block]))
                    } else {
                        AverageLinkage(
                            sums: stretches[block].map { stretch in
                                Array(vectors[(places[stretch] * width)..<((places[stretch] + 1) * width)])
                            }, counts: [Float](repeating: 1, count: block.count))
                    }
                try linkage.join(threshold: options.threshold)
                joined += linkage.labels.map { $0 + nextGroups.count }
                nextGroups += linkage.remaining.map { linkage.sums[$0] }
                nextCounts += linkage.remaining.map { linkage.counts[$0] }
            }
            labels = labels.map { joined[$0] }
            (groups, counts) = (nextGroups, nextCounts)
            if before <= options.blockCount || nextGroups.count == before { return labels }
        }
    }
}

/// Sum of products; `second` from `offset` on.
@inline(__always)
func dot(_ first: [Float], _ second: [Float], at offset: Int = 0) -> Float {
    first.withUnsafeBufferPointer { first in
        second.withUnsafeBufferPointer { second in
            guard let left = first.baseAddress, let right = second.baseAddress,
                offset + first.count <= second.count
            else { return 0 }
            return dotProduct(left, right + offset, count: first.count)
        }
    }
}
