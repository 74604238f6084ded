import Glibc

/// Writes a file of a mode, whatever the umask is.
func write(_ text: String, to path: String, mode: mode_t = 0o600) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = text.utf8.withContiguousStorageIfAvailable { Glibc.write(file, $0.baseAddress, $0.count) }
    fchmod(file, mode)
    close(file)
}

/// The beginning of a file.
func text(of path: String) -> String {
    let file = open(path, O_RDONLY)
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 8192)
    let length = read(file, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(length, 0)), as: UTF8.self)
}
