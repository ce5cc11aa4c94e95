import Files
import Foundation
import Media
import TimelineModel

extension FuzzRegistry {
    /// What is read of media files, and what ffprobe says of them.
    static let mediaTargets: [FuzzTarget] = [
        FuzzTarget("wave-header", tokens: ["RIFF", "RF64", "BW64", "WAVE", "fmt ", "data", "ds64", "LIST"]) { bytes in
            let header = WaveHeader { offset, count in
                guard offset >= 0, offset < bytes.count else { return [] }
                return Array(bytes[Int(offset)...].prefix(count))
            }
            guard let header else { return false }
            try promise(
                header.dataOffset >= 0 && header.dataOffset <= Int64(bytes.count), "samples begin beyond the end")
            try promise((0...65_535).contains(header.channelCount), "\(header.channelCount) channels")
            for size in [0, Int64(bytes.count), .max] {
                guard let seconds = header.overstatedSeconds(fileSizeBytes: size) else { continue }
                try promise(seconds.isFinite && seconds > 0, "\(seconds) s were declared")
            }
            return true
        },
        FuzzTarget("probe-report", tokens: ["N/A", "00:00:06.500000000", "0/0", "matroska,webm", "DURATION"]) { bytes in
            guard let report = try? JSONDecoder().decode(ProbeReport.self, from: Data(bytes)) else { return false }
            if let first = report.firstSampleSeconds(sampleRateHz: 48_000) {
                try promise(first.isFinite, "the first sample is at \(first)")
            }
            for stream in [0, 1] {
                guard
                    let info = try? report.info(
                        name: "name",
                        stamp: FileStamp(
                            device: 0, inode: 0, size: Int64(bytes.count), modifiedNs: 0, changedNs: 0), stream: stream,
                        diagnostics: bytes.count % 2 == 0 ? "" : "Estimating duration from bitrate",
                        overstatedSeconds: bytes.count % 3 == 0 ? 1e9 : nil, limits: MediaLimits())
                else { continue }
                let limits = MediaLimits()
                try promise(
                    (1...limits.maximumSampleRateHz).contains(info.audio.sampleRateHz)
                        && (1...limits.maximumChannelCount).contains(info.audio.channelCount), "a form out of bounds")
                let times = [
                    info.durationSeconds, info.startSeconds, info.audio.startSeconds, info.audio.durationSeconds,
                    info.presentationZeroSeconds, info.declaredEndSeconds, info.editEndSeconds,
                ]
                try promise(times.allSatisfy { $0?.isFinite ?? true }, "a time is not finite: \(times)")
            }
            return true
        },
    ]
}
