extension JSONValue {
    /// A value as JSON; null for what cannot be encoded.
    package static func encoding(_ value: some Encodable) -> JSONValue {
        (try? TimelineJSON.decode(JSONValue.self, from: TimelineJSON.encode(value))) ?? .null
    }

    /// The value that the JSON stands for; nil for anything else.
    package func decoded<Value: Decodable>() -> Value? {
        try? TimelineJSON.decode(Value.self, from: TimelineJSON.encode(self))
    }
}
