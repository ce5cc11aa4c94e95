import Foundation

/// The inputs that are checked in: seeds, and whatever once broke something.
package enum FuzzCorpus {
    /// The files of a target's folder, in the order of their names.
    package static func inputs(of target: FuzzTarget, in folder: String) -> [(name: String, bytes: [UInt8])] {
        let path = folder + "/" + target.name
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        return names.filter { !$0.hasPrefix(".") }.compactMap { name in
            FileManager.default.contents(atPath: path + "/" + name).map { (name, [UInt8]($0)) }
        }
    }
}
