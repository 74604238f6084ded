import Crypto
import FoundationEssentials

/// The keys that open tenants' passwords: a file outside the database, readable by its owner alone.
///
/// The first seals, all open, so that two may be live while one replaces the other.
public struct KeyRing: Sendable {
    /// At least one.
    let keys: [SealingKey]

    /// Which key seals.
    public var activeKeyID: String { keys[0].id }

    /// The ids of all, the active one first.
    public var ids: [String] { keys.map(\.id) }

    /// `dayhaul2:<key id>:<base64 of nonce, ciphertext and tag>`: AES-256-GCM (NIST SP 800-38D) with a random nonce, bound to `context`.
    func seal(_ text: String, for context: [String]) throws -> String {
        let box = try AES.GCM.seal(Array(text.utf8), using: keys[0].key, authenticating: Self.bound(context))
        guard let combined = box.combined else { throw WarehouseError(.keyFile, "the value could not be sealed") }
        return "dayhaul2:\(keys[0].id):\(combined.base64EncodedString())"
    }

    /// What `seal` was given. Throws `cannotUnseal`, naming the key's id and never the value.
    ///
    /// `remedy` is the command that sets another value, for the hints.
    func unseal(_ sealed: String, for context: [String], remedy: String) throws(WarehouseError) -> String {
        let parts = sealed.split(separator: ":", omittingEmptySubsequences: false)
        guard let id = Self.keyID(of: sealed), let bytes = Data(base64Encoded: String(parts[2])) else {
            throw WarehouseError(
                .cannotUnseal, "the password is not a sealed value", hint: remedy)
        }
        guard let key = keys.first(where: { $0.id == id })?.key else {
            throw WarehouseError(
                .cannotUnseal, "the password was sealed with key \(id), which the key file does not hold",
                hint: "use the key file it was sealed with, or set the password anew: \(remedy)")
        }
        do {
            let opened = try AES.GCM.open(AES.GCM.SealedBox(combined: bytes), using: key, authenticating: Self.bound(context))
            return String(decoding: opened, as: UTF8.self)
        } catch {
            throw WarehouseError(
                .cannotUnseal,
                "the password sealed with key \(id) does not open: it was changed, or moved from another tenant or host",
                hint: "set it anew: \(remedy)")
        }
    }

    /// Which key a value says that it was sealed with; nil for one that is not sealed.
    static func keyID(of sealed: String) -> String? {
        let parts = sealed.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 3 && ["dayhaul1", "dayhaul2"].contains(parts[0]) ? String(parts[1]) : nil
    }

    /// Whether a value has the form of before version 15 of the control schema, bound to less than one that is sealed now.
    static func isOfOlderForm(_ sealed: String) -> Bool { sealed.hasPrefix("dayhaul1:") }

    /// Lengths keep ("a", "bc") and ("ab", "c") apart.
    private static func bound(_ context: [String]) -> [UInt8] {
        context.flatMap { Array("\($0.utf8.count):\($0),".utf8) }
    }
}
