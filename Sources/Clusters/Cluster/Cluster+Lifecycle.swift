internal import Glibc
internal import Synchronization

extension Cluster {
    /// Starts the server and waits until it accepts connections; does nothing more than wait when it runs already.
    ///
    /// A cluster whose port was not chosen by its caller moves to another one when somebody else listens there.
    /// - Throws: ``ClusterError`` with code `portInUse`, or `startFailed` with the last lines of the log. No server is left running.
    public func start(deadline: Duration = .seconds(60)) async throws {
        if isRunning {
            adoptPort()
            return try await awaitReady(deadline: deadline)
        }
        for _ in 0..<5 {
            do {
                return try await launch(deadline: deadline)
            } catch let error as ClusterError where error.code == .portInUse {
                guard state.withLock({ $0.mayMove }) else { throw error }
                let other = try freePort()
                state.withLock { $0.port = other }
            }
        }
        try await launch(deadline: deadline)
    }

    /// Stops the server and waits until it has gone; does nothing when none runs.
    public func stop(_ mode: StopMode = .fast, deadline: Duration = .seconds(60)) async throws {
        if isRunning {
            let outcome = try await control("stop", "-m", mode.rawValue, deadline: deadline)
            guard outcome.succeeded || !isRunning else {
                throw ClusterError(
                    .timedOut, "the server in \(directory) did not stop: \(ServerMessages(outcome.errors).text)",
                    hint: mode == .smart ? "it waits for its clients; stop it with mode fast" : nil)
            }
        }
        releaseSupervisor()
    }

    /// Kills the postmaster and all its processes with SIGKILL, as the kernel does when memory runs out, and waits until they are gone.
    ///
    /// - Throws: ``ClusterError`` with code `notRunning`.
    public func kill9(deadline: Duration = .seconds(10)) async throws {
        guard let postmaster = postmasterPID else { throw ClusterError(.notRunning, "no server runs in \(directory)") }
        // Stopped first, so that it starts no process between the list and the signals.
        kill(postmaster, SIGSTOP)
        for process in processes { kill(process, SIGKILL) }
        try await eventually("the processes of \(directory) to be gone", within: deadline) { processes.isEmpty }
        releaseSupervisor()
    }

    /// Makes a standby a primary of its own and waits until it accepts writes.
    public func promote(deadline: Duration = .seconds(60)) async throws {
        let outcome = try await control("promote", deadline: deadline)
        guard outcome.succeeded else {
            throw ClusterError(.programFailed, "promotion in \(directory) failed: \(ServerMessages(outcome.errors).text)")
        }
    }

    /// The port that a running server says it has.
    func adoptPort() {
        guard isRunning, let actual = postmaster?.port else { return }
        state.withLock { $0.port = actual }
    }

    private var processes: [Int32] { ProcessTable.processes(workingIn: dataDirectory) }

    private func control(_ action: String, _ options: String..., deadline: Duration) async throws -> Command.Outcome {
        let seconds = String(max(1, deadline.components.seconds))
        return try await command(
            .control, [action, "-s", "-w", "-t", seconds, "-D", dataDirectory] + options, deadline: deadline + .seconds(5)
        ).run()
    }

    private func launch(deadline: Duration) async throws {
        releaseSupervisor()
        try writeSettings()
        try removeStaleLocks()
        let logged = PrivateFile.size(of: logFile)
        let seconds = String(max(1, deadline.components.seconds))
        let outcome: Command.Outcome
        do {
            switch lifetime {
            case .detached:
                outcome = try await control("start", "-l", logFile, deadline: deadline)
            case .supervised:
                let supervisor = try Supervisor()
                var shell = command(.control, [], deadline: deadline + .seconds(5))
                shell.program = "/bin/sh"
                shell.arguments = ["-c", Supervisor.script, "sh", programs.path(of: .control), dataDirectory, logFile, seconds]
                outcome = try await shell.run(input: supervisor.shellEnd)
                store(supervisor)
            }
        } catch {
            if let postmasterPID { kill(postmasterPID, SIGQUIT) }
            throw error
        }
        guard outcome.succeeded else {
            if let postmasterPID { kill(postmasterPID, SIGQUIT) }
            throw startFailure(log: PrivateFile.tail(of: logFile, from: logged) ?? "", errors: outcome.errors)
        }
    }

    private func startFailure(log: String, errors: String) -> ClusterError {
        if log.contains("Address already in use") {
            return ClusterError(.portInUse, "port \(port) is in use", hint: "run again to have another one chosen, or choose one yourself")
        }
        let lines = log.split(separator: "\n").filter { !$0.contains("STATEMENT:") && !$0.contains("DETAIL:") }.suffix(12)
        let reason = lines.isEmpty ? ServerMessages(errors).text : lines.joined(separator: "\n")
        return ClusterError(.startFailed, "the server in \(directory) did not start:\n\(reason)")
    }

    /// Removes the lock files of a server that died, when its process id belongs to somebody else now or to a zombie: PostgreSQL would
    /// take that process for the old postmaster and refuse to start. While any process works in the data directory they stay, as
    /// they are what keeps a second server away.
    private func removeStaleLocks() throws {
        guard let stale = postmaster, kill(stale.processID, 0) == 0, processes.isEmpty else { return }
        unlink("\(dataDirectory)/postmaster.pid")
        for name in Directory.names(in: directory) where name.hasPrefix(".s.PGSQL.") { unlink("\(directory)/\(name)") }
    }

    private func awaitReady(deadline: Duration) async throws {
        try await eventually("the server in \(directory) to accept connections", within: deadline) {
            guard isRunning else { throw startFailure(log: PrivateFile.tail(of: logFile, from: 0) ?? "", errors: "") }
            return postmaster?.isReady ?? false
        }
    }

    private func store(_ supervisor: consuming Supervisor) {
        var box: Supervisor? = consume supervisor
        state.withLock { $0.supervisor = box.take() }
    }

    func releaseSupervisor() {
        let supervisor = state.withLock { $0.supervisor.take() }
        if let supervisor { supervisor.release() }
    }
}
