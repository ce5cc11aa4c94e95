import Foundation
import Fuzzing
import Testing

struct MutatorTests {
    private let target = FuzzTarget("any", tokens: ["token"], maximumBytes: 1000) { _ in true }
    private let corpus = [Array("{\"a\":[1,2.5,\"x\"]}".utf8), Array("plain".utf8)]

    @Test("An input depends on its number and the seed alone")
    func determinism() {
        let one = Mutator(target, corpus: corpus, seed: 7)
        let other = Mutator(target, corpus: corpus, seed: 7)
        let numbers = [5, 17, 3, 4999]
        #expect(numbers.map(one.input) == numbers.reversed().map(other.input).reversed())
        let another = Mutator(target, corpus: corpus, seed: 8)
        #expect((2..<40).map(one.input) != (2..<40).map(another.input))
    }

    @Test("The corpus comes first, and no input is longer than its target takes")
    func bounds() {
        let mutator = Mutator(target, corpus: corpus, seed: 1)
        #expect((0..<2).map(mutator.input) == corpus)
        #expect((2..<20_000).allSatisfy { mutator.input($0).count <= 1000 })
        let empty = Mutator(target, corpus: [], seed: 1)
        #expect(Set((0..<1000).map(empty.input)).count > 500)
    }

    @Test("Every target has a corpus, and every corpus a target")
    func corpora() throws {
        let folder =
            URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path + "/Fuzz/corpus"
        let names = FuzzRegistry.targets.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder)) == Set(names))
        for target in FuzzRegistry.targets { #expect(!FuzzCorpus.inputs(of: target, in: folder).isEmpty) }
    }
}
