/// The key file after a change, or as it would be.
struct KeyChangeDocument: Encodable {
    let keyFile: String
    /// Its ids, the one that seals first. A key that would be added has none yet.
    let keys: [String]
    var added: String?
    var removed: String?
}
