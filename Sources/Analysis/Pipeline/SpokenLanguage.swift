/// Which language a transcript is in.
struct SpokenLanguage {
    /// The language that the transcript is fixed to, nil where the model is to tell.
    var fixed: String?
    /// True when English is assumed because no installed model can tell.
    var isAssumed = false

    init(requested: String?, model: WhisperModel?) {
        if let requested, requested != "auto" {
            fixed = requested
        } else if model?.isMultilingual != true {
            fixed = "en"
            isAssumed = true
        }
    }
}
