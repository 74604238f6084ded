/// What a key of the key file is there for.
public struct KeyUse: Sendable {
    /// The key's id.
    public let id: String
    /// Whether passwords are sealed with it from here on.
    public let seals: Bool
    /// Tenants whose passwords it opens.
    public let tenants: [String]

    /// All keys in their order, and why the passwords of the other tenants do not open.
    public static func of(_ keys: KeyRing, _ tenants: [Tenant]) -> (keys: [KeyUse], closed: [(tenant: String, error: WarehouseError)]) {
        var closed: [(tenant: String, error: WarehouseError)] = []
        var opened: [String: [String]] = [:]
        for tenant in tenants {
            do {
                _ = try tenant.passwordSource(keys)
                opened[tenant.sealingKeyID ?? "", default: []].append(tenant.name)
            } catch {
                closed.append((tenant.name, error))
            }
        }
        return (keys.ids.map { KeyUse(id: $0, seals: $0 == keys.activeKeyID, tenants: opened[$0] ?? []) }, closed)
    }
}
