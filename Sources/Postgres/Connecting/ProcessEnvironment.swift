import CPostgres
import Glibc

/// The PG* environment of the process: read once, then taken away.
///
/// libpq completes every connection from the environment, and a keyword that is set to nothing counts as not set; PGSERVICE cannot be
/// overridden at all. So that a tenant's connection never picks any of it up, the variables are removed before the first connection is
/// opened, and what they said is kept for the operator's own connection.
enum ProcessEnvironment {
    /// libpq keyword → value from PG* variables, the service file they name, and libpq's built-in defaults.
    static let defaults: [String: String] = {
        guard let options = PQconndefaults() else { return [:] }
        defer { PQconninfoFree(options) }
        let found = values(of: options)
        for option in entries(of: options) {
            if let variable = option.envvar { unsetenv(variable) }
        }
        // Not tied to a keyword, but read by libpq all the same.
        for variable in ["PGREQUIRESSL", "PGDATESTYLE", "PGTZ", "PGGEQO"] { unsetenv(variable) }
        return found
    }()

    /// What the service file says of a service; empty when it has none of that name, which libpq reports on connecting.
    ///
    /// Named in a connection string, a service counts more than the environment, and libpq has no function that just looks it up. A
    /// connection with an impossible option is never begun, but by then it has its service's values.
    static func service(_ name: String) -> [String: String] {
        let impossible = "gssencmode"
        let connection = withCStrings(["service", impossible]) { names in
            withCStrings([name, "impossible"]) { PQconnectStartParams(names, $0, 0) }
        }
        guard let connection else { return [:] }
        defer { PQfinish(connection) }
        guard let options = PQconninfo(connection), let builtIn = PQconndefaults() else { return [:] }
        defer {
            PQconninfoFree(options)
            PQconninfoFree(builtIn)
        }
        let defaults = values(of: builtIn)
        return values(of: options).filter { $0.key != impossible && $0.key != "passfile" && defaults[$0.key] != $0.value }
    }

    /// The keywords of a libpq option array that have a value.
    static func values(of options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        for option in entries(of: options) {
            guard let value = option.val, value.pointee != 0 else { continue }
            values[String(cString: option.keyword)] = String(cString: value)
        }
        return values
    }

    /// The array ends with an entry without a keyword.
    private static func entries(of options: UnsafeMutablePointer<PQconninfoOption>) -> [PQconninfoOption] {
        var entries: [PQconninfoOption] = []
        while options[entries.count].keyword != nil { entries.append(options[entries.count]) }
        return entries
    }
}
