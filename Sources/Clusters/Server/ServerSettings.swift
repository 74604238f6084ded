/// A server's configuration file: what every cluster here has in common, then its own settings.
struct ServerSettings: Equatable {
    private(set) var values: [String: String]

    /// - Parameters:
    ///   - socketDirectory: where the Unix socket goes; nil for none.
    ///   - chosen: settings of the caller. They win over the defaults, but not over where the server listens.
    init(port: Int, socketDirectory: String?, chosen: [String: String]) {
        values = ["timezone": "UTC", "log_timezone": "UTC"]
        values.merge(chosen) { $1 }
        values["port"] = String(port)
        values["listen_addresses"] = "127.0.0.1"
        values["unix_socket_directories"] = socketDirectory.map { "\"" + $0.doubling("\"") + "\"" } ?? ""
    }

    /// Makes the server a standby of the primary on `port`, through the slot and the role that both are called `name`.
    mutating func follow(port: Int, name: String, passwordFile: String) {
        values["primary_conninfo"] =
            ["host": "127.0.0.1", "port": String(port), "user": name, "application_name": name, "passfile": passwordFile]
            .sorted { $0.key < $1.key }.map { "\($0)='\($1.escaping("\\").escapingQuote())'" }.joined(separator: " ")
        values["primary_slot_name"] = name
        values["hot_standby"] = "on"
    }

    /// The file's text, one setting a line in alphabetical order.
    var text: String {
        values.sorted { $0.key < $1.key }.map { "\($0) = '\($1.doubling("'").escaping("\\"))'\n" }.joined()
    }
}

extension String {
    fileprivate func doubling(_ character: Character) -> String {
        replacing(String(character), with: String(repeating: character, count: 2))
    }

    fileprivate func escaping(_ character: Character) -> String {
        replacing(String(character), with: "\\\(character)")
    }

    fileprivate func escapingQuote() -> String { escaping("'") }
}
