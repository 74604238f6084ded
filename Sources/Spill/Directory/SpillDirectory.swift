import Glibc
import Synchronization

/// The directory one engine keeps its spill files in, held open by descriptor: what happens below it never goes through a path or
/// a symlink again.
///
/// Each run has a folder, locked by its process with `flock` for as long as this object lives or until ``removeRun(_:)``.
/// Files that are not removed stay, for ``leftovers()`` and ``sweep(except:)`` of whoever comes next. All calls are synchronous, short and
/// may block on the file system, and for moments on other processes that look at it.
public final class SpillDirectory: Sendable {
    /// The bytes that may be held at once.
    public let quota: SpillQuota

    let descriptor: Descriptor
    private let folders = Mutex<[String: RunFolder]>([:])

    /// Opens the directory. When missing it is made, and what is missing above it, with mode 0700.
    ///
    /// - Parameter quota: of this directory alone; shared with the other processes that have it open.
    /// - Throws: ``SpillError/Code/directoryUnusable``, with the reason and what to do, when it is a symlink, not a directory, not
    ///   this user's, open to the group or to others, or not writable; when its file of claims on the quota is something else; when the
    ///   quota is another directory's.
    public init(path: String, quota: SpillQuota) throws(SpillError) {
        self.quota = quota
        descriptor = try Self.open(path)
        try quota.share(descriptor)
    }

    /// Starts a file; the run's folder is made when it is the first.
    ///
    /// - Parameters:
    ///   - run: the run's name, one plain path component.
    ///   - name: the file's name without `.lz4`, one plain path component.
    ///   - identity: what the rows are of.
    ///   - share: of this directory's quota; pays for the file until it is finished.
    /// - Throws: ``SpillError/Code/fileExists`` when there is anything of that name, a symlink included.
    public func makeFile(run: String, name: String, identity: SpillIdentity, share: SpillShare) throws(SpillError) -> SpillWriter {
        try EntryName.check(run, name)
        let folder = try folder(run) { () throws(SpillError) in try RunFolder.make(run, in: descriptor) }
        return try SpillWriter(UnfinishedFile(name, in: folder, share: share), identity: identity)
    }

    /// Opens a finished file and verifies footer, identity, length and every byte's checksum before it returns.
    ///
    /// A run that a dead process left is taken over with that, and its files count towards the quota.
    /// - Throws: ``SpillError/Code/fileMissing``, ``SpillError/Code/incomplete``, ``SpillError/Code/corrupt``,
    ///   ``SpillError/Code/mismatch``, or ``SpillError/Code/runBusy`` when the run is another process's.
    public func openFile(run: String, name: String, expecting identity: SpillIdentity) throws(SpillError) -> SpillReader {
        try EntryName.check(run, name)
        return try SpillReader(FinishedFile(name, in: adopted(run))) { $0.identity.firstDifference(from: identity) }
    }

    /// Opens the very file that was finished or found before: as ``openFile(run:name:expecting:)``, and refuses another of the same
    /// identity that stands in its place.
    ///
    /// - Throws: ``SpillError/Code/mismatch`` when rows, lengths, digest, source position or checksum are not `file`'s, too.
    public func openFile(_ file: SpillFile) throws(SpillError) -> SpillReader {
        try EntryName.check(file.run, file.name)
        return try SpillReader(FinishedFile(file.name, in: adopted(file.run))) { $0.firstDifference(from: file) }
    }

    /// Unlinks a file, if it is there, and gives its bytes back to the quota.
    public func remove(run: String, name: String) throws(SpillError) {
        try EntryName.check(run, name)
        guard let folder = folders.withLock({ $0[run] }) else { return }
        let bytes = try folder.remove(name)
        quota.update { $0.released(bytes) }
    }

    /// Unlinks a run's files and its folder, if this process holds it, and gives their bytes back to the quota. No writer or
    /// reader of the run may be in use. Whatever Spill did not make stays.
    public func removeRun(_ run: String) throws(SpillError) {
        guard let folder = folders.withLock({ $0[run] }) else { return }
        let removed = try folder.removeAll(from: descriptor)
        folders.withLock { _ = $0.removeValue(forKey: run) }
        quota.update { $0.released(removed.quota) }
    }

    /// Takes over the run of a dead process: gives its complete files, by the word of their footers and ordered by name, and removes
    /// the incomplete and damaged ones. The files count towards the quota from now on, above its limit if need be.
    ///
    /// - Returns: nil when there is nothing to take over: no such run, or a process has it, this one included.
    /// - Throws: ``SpillError/Code/directoryUnusable`` when what has the run's name is not a run's folder.
    public func adopt(run: String) throws(SpillError) -> [SpillFile]? {
        try EntryName.check(run)
        return try folders.withLock { (folders) throws(SpillError) -> [SpillFile]? in
            guard folders[run] == nil else { return nil }
            return try quota.exclusively { () throws(SpillError) in
                let folder: RunFolder?
                do throws(SpillError) {
                    folder = try RunFolder.adopt(run, in: descriptor)
                } catch let error where error.code == .runBusy {
                    return (nil, 0)
                }
                guard let folder else { return (nil, 0) }
                let whole = try folder.removeIncomplete()
                let bytes = try folder.countFiles()
                folders[run] = folder
                return (whole, bytes)
            }
        }
    }

    /// The run's folder: the one held, or a dead process's, which is taken over.
    private func adopted(_ run: String) throws(SpillError) -> RunFolder {
        try folder(run) { () throws(SpillError) in
            guard let folder = try RunFolder.adopt(run, in: descriptor) else {
                throw SpillError(code: .fileMissing, message: "there is no spill run \(run)", hint: "read its days from the source again")
            }
            return folder
        }
    }

    /// The run's folder if it is held, or what `open` gives, held from then on. Files it has already are counted.
    private func folder(_ run: String, open: () throws(SpillError) -> RunFolder) throws(SpillError) -> RunFolder {
        try folders.withLock { (folders) throws(SpillError) in
            if let folder = folders[run] { return folder }
            let folder = try quota.exclusively { () throws(SpillError) in
                let folder = try open()
                return (folder, try folder.countFiles())
            }
            folders[run] = folder
            return folder
        }
    }
}
