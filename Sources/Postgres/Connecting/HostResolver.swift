import Glibc

/// Name resolution off the cooperative pool and with a deadline; libpq's own would block inside `PQconnectStartParams`.
enum HostResolver {
    /// The numeric addresses of `host` in the order of the system's preference (RFC 6724, as getaddrinfo(3) sorts them).
    static func addresses(of host: String, within limit: Duration) async throws(PostgresError) -> [String] {
        let found = await BlockingCall.run(within: limit) { lookUp(host) }
        switch found {
        case .some(.success(let addresses)): return addresses
        case .some(.failure(let reason)):
            throw PostgresError(
                .nameNotResolved, "host \(host) does not resolve: \(reason.text)", hint: "check the host name and the DNS server")
        case .none:
            throw PostgresError(.nameNotResolved, "host \(host) did not resolve within \(limit)", hint: "check the DNS server")
        }
    }

    private struct Reason: Error { let text: String }

    private static func lookUp(_ host: String) -> Result<[String], Reason> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { return .failure(Reason(text: String(cString: gai_strerror(status)))) }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let entry = next {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { text in
                let length = socklen_t(text.count)
                guard getnameinfo(entry.pointee.ai_addr, entry.pointee.ai_addrlen, text.baseAddress, length, nil, 0, NI_NUMERICHOST) == 0,
                    let start = text.baseAddress
                else { return }
                addresses.append(String(cString: start))
            }
            next = entry.pointee.ai_next
        }
        return .success(addresses)
    }
}
