import Glibc

/// The claims of all processes that share a spill directory, in one file of it, `.spill-quota`.
///
/// Every process that claims anything has a slot: a record (``ClaimRecord``) and a lock on the record's bytes, held for as long as this
/// object lives. A slot whose lock is free is a dead process's: it counts for nothing and may be taken. What a dead process left
/// on disk counts by its size, until it is swept or taken over. `flock` on the directory itself makes one process at a time look and
/// claim, or take a dead run over; nobody waits long for it, since its holders never wait for anything.
///
/// A record that is not what a process wrote counts as nothing, until the process writes the next. Not for two threads at once: it
/// belongs to the state that the quota's lock guards.
final class ClaimTable: @unchecked Sendable {
    static let name = ".spill-quota"
    /// How many processes may share a directory.
    static let slots = 1024

    /// The directory, opened anew: a lock belongs to the open file.
    private let directory: Descriptor
    private var isLocked = false
    /// This process's slot; nil until it claims.
    private var slot: ClaimSlot?

    /// - Throws: ``SpillError/Code/directoryUnusable`` when something else has the file's name. The file is made when it is needed.
    init(_ directory: borrowing Descriptor) throws(SpillError) {
        try ClaimSlot.check(directory)
        self.directory = try Descriptor(at: directory.raw, ".", O_RDONLY | O_DIRECTORY, doing: "opening the spill directory")
    }

    /// Changes this process's claim as far as the others' leave room below `limit`; nil when another process was just looking or
    /// claiming.
    func change(_ change: ClaimChange, limit: Int) throws(SpillError) -> ClaimAnswer? {
        try locked(patience: 2) { () throws(SpillError) in
            let slot = try currentSlot()
            var others = try slot.others()
            try addDeadRuns(to: &others)
            let answer = change.settled(others, limit: limit)
            try slot.write(ClaimRecord(bytes: answer.claim, isWaiting: answer.isWaiting))
            return answer
        }
    }

    /// Runs `body` while no other process looks, claims, sweeps or takes a run over.
    ///
    /// - Throws: ``SpillError/Code/runBusy`` when some process does not let go for five seconds; what `body` throws.
    func exclusively<Value: Sendable>(_ body: () throws(SpillError) -> Value) throws(SpillError) -> Value {
        if let value = try locked(patience: 5000, body) { return value }
        throw SpillError(
            code: .runBusy, message: "another process holds the lock of the spill directory",
            hint: "try again; if it lasts, look for a stopped process that has the directory open")
    }

    /// Runs `body` with the directory's lock; nil when it was not free for `patience` milliseconds.
    private func locked<Value>(patience: Int, _ body: () throws(SpillError) -> Value) throws(SpillError) -> Value? {
        if isLocked { return try body() }
        for left in (0...patience).reversed() {
            if try directory.tryLock(doing: "locking the spill directory") {
                isLocked = true
                defer {
                    isLocked = false
                    directory.unlock()
                }
                return try body()
            }
            if left > 0 { poll(nil, 0, 1) }
        }
        return nil
    }

    /// This process's slot, taken when there is none yet or its file was removed.
    private func currentSlot() throws(SpillError) -> ClaimSlot {
        if let slot, slot.isCurrent(in: directory) { return slot }
        slot = nil
        let taken = try ClaimSlot(in: directory)
        slot = taken
        return taken
    }

    /// Adds what lies in the runs of dead processes.
    private func addDeadRuns(to others: inout OtherClaims) throws(SpillError) {
        for entry in try directory.entries(doing: "listing the spill directory") where EntryName.isPlain(entry) {
            // A folder that cannot be looked at is nobody's claim.
            guard let status = stat.of(entry, at: directory.raw), status.isDirectory, status.isOwn,
                let folder = try? RunFolder.adopt(entry, in: directory), let bytes = try? folder.bytesOnDisk()
            else { continue }
            others.add(bytes, isWaiting: false)
        }
    }
}
