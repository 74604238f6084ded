extension DecodingError {
    /// What is missing or of another type, and where, as `contents.configurations[2].repetitions is missing`. Nothing of a value.
    var place: String {
        switch self {
        case .keyNotFound(let key, let context): "\(Self.path(context.codingPath + [key])) is missing"
        case .valueNotFound(_, let context): "\(Self.path(context.codingPath)) is null"
        case .typeMismatch(let type, let context): "\(Self.path(context.codingPath)) is not of type \(type)"
        case .dataCorrupted(let context): "\(Self.path(context.codingPath)) has a value that does not exist or does not fit"
        @unknown default: "a field cannot be read"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        var text = ""
        for key in keys {
            if let index = key.intValue { text += "[\(index)]" } else { text += (text.isEmpty ? "" : ".") + snakeCase(key.stringValue) }
        }
        return text.isEmpty ? "the file" : text
    }

    private static func snakeCase(_ name: String) -> String {
        name.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
    }
}
