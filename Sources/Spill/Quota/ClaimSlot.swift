import Glibc

/// One process's slot in the file of claims, locked until this object goes.
final class ClaimSlot {
    private let file: Descriptor
    private let index: Int

    /// Takes the first free slot; makes the file if need be. Only with the directory's lock.
    init(in directory: borrowing Descriptor) throws(SpillError) {
        let doing = "opening the claims on the spill quota"
        let file: Descriptor
        do throws(SpillError) {
            file = try Descriptor(at: directory.raw, ClaimTable.name, O_RDWR | O_CREAT | O_NONBLOCK, mode: 0o600, doing: doing)
        } catch let error where [.io(errno: ELOOP), .io(errno: EISDIR), .io(errno: ENXIO), .io(errno: EACCES)].contains(error.code) {
            throw Self.unusable
        }
        let status = try file.status(doing)
        guard Self.isUsable(status) else { throw Self.unusable }
        var free: Int?
        for index in 0..<ClaimTable.slots where free == nil {
            if try file.tryLock(bytes: Self.range(index), doing: doing) { free = index }
        }
        guard let free else {
            throw SpillError(
                code: .directoryUnusable, message: "more than \(ClaimTable.slots) processes share the spill directory",
                hint: "end some of them, or give them a directory of their own")
        }
        self.file = file
        index = free
    }

    deinit {
        file.unlock(bytes: Self.range(index))
    }

    /// Throws when what has the file's name is something else.
    static func check(_ directory: borrowing Descriptor) throws(SpillError) {
        if let status = stat.of(ClaimTable.name, at: directory.raw), !isUsable(status) { throw unusable }
    }

    /// Whether the file is still the directory's: someone may have removed it, and others made another.
    func isCurrent(in directory: borrowing Descriptor) -> Bool {
        guard let named = stat.of(ClaimTable.name, at: directory.raw), let own = try? file.status("") else { return false }
        return named.st_ino == own.st_ino && named.st_dev == own.st_dev
    }

    /// What stands in the slots of the other living processes.
    func others() throws(SpillError) -> OtherClaims {
        let doing = "reading the claims on the spill quota"
        var others = OtherClaims()
        // The usual answers come first: nobody else is there, or nobody beyond a handful of slots.
        var slots = 0
        for bound in [8, ClaimTable.slots] {
            let rest = Self.range(slots).lowerBound..<Self.range(ClaimTable.slots).lowerBound
            guard try file.isLockedElsewhere(bytes: rest, doing: doing) else { break }
            for index in slots..<bound where try file.isLockedElsewhere(bytes: Self.range(index), doing: doing) {
                var bytes = [UInt8](repeating: 0, count: ClaimRecord.size)
                let offset = Self.range(index).lowerBound
                guard try file.read(into: &bytes, 0..<bytes.count, at: offset, doing: doing) == bytes.count,
                    let record = ClaimRecord(decoding: bytes.span.bytes)
                else { continue }
                others.add(record.bytes, isWaiting: record.isWaiting)
            }
            slots = bound
        }
        return others
    }

    /// Writes this process's claim.
    func write(_ record: ClaimRecord) throws(SpillError) {
        try file.write(record.encoded().span.bytes, at: Self.range(index).lowerBound, doing: "writing a claim on the spill quota")
    }

    private static func range(_ index: Int) -> Range<Int> {
        index * ClaimRecord.size..<(index + 1) * ClaimRecord.size
    }

    private static func isUsable(_ status: stat) -> Bool {
        status.isRegularFile && status.isOwn && status.st_nlink == 1
    }

    private static var unusable: SpillError {
        SpillError(
            code: .directoryUnusable, message: "\(ClaimTable.name) in the spill directory is not the file of claims on its quota",
            hint: "remove it while no process uses the directory")
    }
}
