extension Cluster {
    /// Runs SQL text with psql, which stops at the first error; each statement commits by itself unless the text says otherwise.
    ///
    /// - Parameters:
    ///   - user: nil for the superuser; another one needs its `password`.
    ///   - variables: psql variables, used as `:name`, `:'name'` and `:"name"`.
    /// - Returns: the rows of all statements, a line a row, columns separated by `|`, without the last newline.
    /// - Throws: ``ClusterError`` with code `sqlFailed`, with the server's messages and SQLSTATE.
    @discardableResult
    public func psql(
        _ sql: String, database: String = "postgres", user: String? = nil, password: String? = nil, variables: [String: String] = [:],
        deadline: Duration = .seconds(60)
    ) async throws -> String {
        // Commands and values go through standard input: arguments can be seen by everyone on the machine.
        let outcome = try await Command(
            program: programs.path(of: .psql),
            arguments: ["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-f", "-"],
            environment: [
                "PGHOST": Self.host, "PGPORT": String(port), "PGDATABASE": database, "PGUSER": user ?? superuser,
                "PGPASSWORD": password ?? (user == nil ? self.password : ""), "PGPASSFILE": "/dev/null", "PGCLIENTENCODING": "UTF8",
                "PGCONNECT_TIMEOUT": "10", "PGGSSENCMODE": "disable",
            ],
            deadline: deadline
        ).run(input: PsqlScript(sql, variables: variables).text)
        guard outcome.succeeded else {
            let messages = ServerMessages(outcome.errors)
            throw ClusterError(.sqlFailed, messages.text, sqlstate: messages.sqlstate)
        }
        return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Runs a file with psql, as ``psql(_:database:user:password:variables:deadline:)`` does with text. The calling account reads it.
    @discardableResult
    public func psql(
        file: String, database: String = "postgres", user: String? = nil, password: String? = nil, variables: [String: String] = [:],
        deadline: Duration = .seconds(60)
    ) async throws -> String {
        try await psql(
            "\\i " + PsqlScript.quoted(Directory.absolute(file)), database: database, user: user, password: password, variables: variables,
            deadline: deadline)
    }
}
