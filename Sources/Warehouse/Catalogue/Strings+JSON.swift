import FoundationEssentials

/// The strings of a JSON array, as array_to_json() writes one; none for NULL.
func strings(inJSON text: String?) -> [String] {
    (text?.data(using: .utf8)).flatMap { try? JSONDecoder().decode([String].self, from: $0) } ?? []
}

/// A JSON array of strings, for json_array_elements_text(): no quoting rules of array constants to get wrong.
func json(_ strings: [String]) -> String {
    (try? JSONEncoder().encode(strings)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
}
