import ArgumentParser
import CMemory

/// The command line: a thin translation between what a person types and what the modules do.
@main
struct Cueline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cueline",
        abstract: "Turns recordings into semantic timelines that editors can cut by.",
        discussion: """
            A timeline says where a recording holds speech (with words), music, silence and other sound, how loud it \
            is, and where beats and bars fall.
            """,
        version: CuelineVersion.text,
        subcommands: [
            Analyze.self, Slice.self, Shots.self, Phrases.self, Export.self, View.self, Serve.self, Worker.self,
            Jobs.self,
            CollectGarbage.self, Token.self, Doctor.self, Models.self, Work.self,
        ])

    static func main() async {
        // What a recording takes would vary by a third.
        cmemory_give_large_blocks_back()
        await main(nil)
    }
}

/// The program's own version.
enum CuelineVersion {
    static let text = "0.1.0"
}
