internal import Glibc
internal import Synchronization

/// A TCP port of 127.0.0.1 that nobody listens on, and that this process has not been given before.
///
/// Until the server listens, another process can take the port; ``Cluster/start(deadline:)`` then moves a cluster whose port was
/// not chosen by its caller.
/// - Throws: ``ClusterError`` with code `system` when there is none left.
public func freePort() throws -> Int {
    try Ports.reserve { try Ports.bound(to: 0) }
}

/// The first port from `first` on that nobody listens on and that this process has not been given before.
public func freePort(from first: Int) throws -> Int {
    var candidate = first
    return try Ports.reserve {
        while candidate <= 65535 {
            defer { candidate += 1 }
            if isFree(port: candidate) { return candidate }
        }
        throw ClusterError(.system, "no free port from \(first) on")
    }
}

/// Whether a server could listen on the port of 127.0.0.1 now.
public func isFree(port: Int) -> Bool {
    (1...65535).contains(port) && (try? Ports.bound(to: port)) != nil
}

private enum Ports {
    private static let given = Mutex<Set<Int>>([])

    static func reserve(_ next: () throws -> Int) throws -> Int {
        for _ in 0..<1000 {
            let port = try next()
            if given.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw ClusterError(.system, "no free port found")
    }

    /// Binds a socket the way PostgreSQL does, listens, lets it go, and says which port it had.
    static func bound(to port: Int) throws -> Int {
        let descriptor = try systemCall("make a socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0) }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                try systemCall("bind port \(port)") { bind(descriptor, address, length) }
                try systemCall("listen on port \(port)") { listen(descriptor, 1) }
                try systemCall("ask for the port") { getsockname(descriptor, address, &length) }
            }
        }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
