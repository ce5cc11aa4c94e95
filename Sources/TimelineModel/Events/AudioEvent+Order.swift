extension AudioEvent {
    /// The order of a timeline: start, then kind by its name on the wire (`music`, `other`, `silence`, `speech`), then
    /// end. The alphabetical order of kinds is the one that a reader of the JSON can check without knowing ours.
    public static func precedes(_ left: AudioEvent, _ right: AudioEvent) -> Bool {
        if left.startMs != right.startMs { return left.startMs < right.startMs }
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        return left.endMs < right.endMs
    }
}
