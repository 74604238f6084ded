import Postgres
import Warehouse

/// A tenant as it is shown: everything but the password.
struct TenantDocument: Encodable {
    /// Where the password comes from.
    struct Password: Encodable {
        /// sealed, command, file or variable; unknown where it does not open with the key file.
        let source: String
        /// The file's path, the variable's name, or the command's first word: what follows that may hold a secret.
        let name: String?
        let text: String

        private enum CodingKeys: String, CodingKey { case source, name }

        init(_ tenant: Tenant, _ keys: KeyRing?) {
            switch keys.flatMap({ try? tenant.passwordSource($0) }) {
            case .value?: (source, name, text) = ("sealed", nil, "sealed with the key file")
            case .command(let command)?:
                let program = command.split(separator: " ").first.map(String.init) ?? ""
                (source, name, text) = ("command", program, "what the command \(program) … prints")
            case .file(let path)?: (source, name, text) = ("file", path, "in the file \(path)")
            case .variable(let variable)?: (source, name, text) = ("variable", variable, "in the variable \(variable)")
            case nil: (source, name, text) = ("unknown", nil, "does not open with the key file")
            }
        }
    }

    /// Up to where the source was read.
    struct Position: Encodable {
        let systemIdentifier: String?
        let timeline: Int?
        let replayLSN: String?
        let seenAt: String?

        init(_ position: SourcePosition, _ seen: String?) {
            systemIdentifier = position.systemIdentifier
            timeline = position.timeline
            replayLSN = position.replayLSN
            seenAt = seen
        }

        var text: String {
            "\(replayLSN ?? "?") on timeline \(timeline.map { String($0) } ?? "?") of system \(systemIdentifier ?? "?")"
                + (seenAt.map { ", seen \($0.prefix(19))" } ?? "")
        }
    }

    let name: String
    let host: String
    let port: Int
    let dbname: String
    let username: String
    let sslmode: String
    let caFile: String?
    let allowPasswordAuth: Bool
    let schema: String
    let enabled: Bool
    let maxStreams: Int?
    let stallSeconds: Int?
    /// Of `tenant show` only, like the next.
    var password: Password?
    var position: Position?

    init(_ tenant: Tenant) {
        name = tenant.name
        host = tenant.host
        port = tenant.port
        dbname = tenant.database
        username = tenant.user
        sslmode = tenant.tls.mode.rawValue
        caFile = tenant.tls.authorities
        allowPasswordAuth = tenant.allowsPasswordAuthentication
        schema = tenant.schema
        enabled = tenant.isEnabled
        maxStreams = tenant.maximumStreams
        stallSeconds = tenant.stallSeconds
    }
}
