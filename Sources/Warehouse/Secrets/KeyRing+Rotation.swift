/// How a ring changes while its passwords stay open: a new key first, then all sealed with it, then the old one out.
extension KeyRing {
    /// The same with a new key, which seals from here on.
    public func addingKey() -> KeyRing { KeyRing(keys: [SealingKey()] + keys) }

    /// The same without a key. Throws `unknownKey`, and `keyInUse` for the only one there is.
    public func removingKey(_ id: String) throws(WarehouseError) -> KeyRing {
        let rest = keys.filter { $0.id != id }
        guard rest.count < keys.count else {
            throw WarehouseError(.unknownKey, "the key file holds no key \(id)", hint: "it holds \(ids.joined(separator: ", "))")
        }
        guard !rest.isEmpty else {
            throw WarehouseError(.keyInUse, "key \(id) is the only one in the key file", hint: "dayhaul key add puts another one first")
        }
        return KeyRing(keys: rest)
    }

    /// Throws `keyInUse`, naming the tenants, while any password is sealed with a key, whether it opens or not.
    public static func checkUnused(_ id: String, by tenants: [Tenant]) throws(WarehouseError) {
        let users = tenants.filter { $0.sealingKeyID == id }.map(\.name)
        guard users.isEmpty else {
            let more = users.count > 12 ? " and \(users.count - 12) more" : ""
            throw WarehouseError(
                .keyInUse, "the passwords of \(users.prefix(12).joined(separator: ", "))\(more) are sealed with key \(id)",
                hint: "dayhaul tenant set --reseal '*' seals them with the key file's first key")
        }
    }
}
