import Glibc

/// How a tenant's connection is protected.
public struct TLS: Sendable, Equatable {
    /// libpq's sslmode (PostgreSQL manual, "SSL Support: Protection Provided in Different Modes").
    public enum Mode: String, Sendable, CaseIterable {
        /// No TLS.
        case disable
        /// TLS, the server's certificate unchecked unless `authorities` are given.
        case require
        /// TLS, the certificate signed by one of `authorities`.
        case verifyCA = "verify-ca"
        /// As `verifyCA`, and the certificate names the host.
        case verifyFull = "verify-full"
    }

    /// Never a mode that falls back to plaintext.
    public var mode: Mode
    /// File of PEM certificates to trust; nil means those of the operating system.
    public var authorities: String?

    /// The default is the strictest mode with the system's authorities.
    public init(mode: Mode = .verifyFull, authorities: String? = nil) {
        self.mode = mode
        self.authorities = authorities
    }

    /// libpq checks the certificate whenever there are authorities, also in the mode `require`.
    var trustedAuthorities: String? { authorities ?? (mode == .require ? nil : Self.systemAuthorities) }

    /// What keeps the file of authorities from being read, such as that it is a FIFO; nil where it can be. libpq would wait for one that gives
    /// nothing, and read one that has no end.
    var unusableAuthorities: String? {
        guard mode != .disable, let path = authorities else { return nil }
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        // That it is not there, or may not be read, libpq says by itself, where it is to be used.
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return "it is not a regular file" }
        return status.st_size > Self.mostAuthorityBytes ? "it is larger than \(Self.mostAuthorityBytes >> 20) MiB" : nil
    }

    /// Those of an operating system are some 250 KiB.
    private static let mostAuthorityBytes = 4 << 20

    /// Where distributions keep the bundle of public authorities (libpq knows `sslrootcert=system` only from version 16 on).
    static let systemAuthorities = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
        .first { (path: String) in access(path, R_OK) == 0 }
}
