import Logging
import Media

extension Logger {
    /// Says once that programs of others read what strangers send with all rights of this process.
    func warnIfUnconfined(environment: [String: String]) {
        guard let reason = MediaTools(environment: environment).confinement.reason else { return }
        warning("ffmpeg is not confined", metadata: ["reason": "\(reason)"])
    }
}
