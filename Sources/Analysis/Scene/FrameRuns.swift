/// Runs of frames: half-open ranges, sorted.
enum FrameRuns {
    /// The runs of true.
    static func runs(_ marks: [Bool]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start: Int?
        for (index, mark) in marks.enumerated() {
            if mark, start == nil { start = index }
            if !mark, let first = start {
                result.append(first..<index)
                start = nil
            }
        }
        if let first = start { result.append(first..<marks.count) }
        return result
    }

    /// Joins neighbours less than `gap` frames apart, if every frame between them may be bridged.
    static func joined(_ runs: [Range<Int>], gap: Int, bridging: (Int) -> Bool = { _ in true }) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for run in runs {
            if let last = result.last, run.lowerBound - last.upperBound < gap,
                (last.upperBound..<max(last.upperBound, run.lowerBound)).allSatisfy(bridging)
            {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
            } else {
                result.append(run)
            }
        }
        return result
    }

    /// Joins runs that touch or overlap.
    static func united(_ runs: [Range<Int>]) -> [Range<Int>] {
        joined(runs.sorted { $0.lowerBound < $1.lowerBound }, gap: 1)
    }

    /// Only those marks that stand in runs of at least `shortest` frames.
    static func long(_ marks: [Bool], shortest: Int) -> [Bool] {
        var result = marks
        for run in runs(marks) where run.count < shortest {
            for index in run { result[index] = false }
        }
        return result
    }

    /// The parts of a run that are not marked.
    static func without(_ marks: [Bool], in run: Range<Int>) -> [Range<Int>] {
        runs(run.map { !marks[$0] }).map { $0.lowerBound + run.lowerBound..<$0.upperBound + run.lowerBound }
    }
}
