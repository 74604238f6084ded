import Glibc
import Synchronization

/// One run's folder, held open and locked for as long as the process keeps the run.
final class RunFolder: Sendable {
    let run: String
    let descriptor: Descriptor
    private let lock: Descriptor
    /// The finished files and how many bytes of the quota each has.
    private let finished = Mutex<[String: Int]>([:])

    private init(run: String, descriptor: consuming Descriptor, lock: consuming Descriptor) {
        self.run = run
        self.descriptor = descriptor
        self.lock = lock
    }

    deinit {
        lock.unlock()
    }

    /// Makes the folder if need be, and takes it. Only with the directory's lock, as ``adopt(_:in:)``.
    static func make(_ run: String, in directory: borrowing Descriptor) throws(SpillError) -> RunFolder {
        // Whoever does not know the directory's lock may take an unlocked folder away between any two of these calls; then they start
        // anew.
        for _ in 0..<16 {
            if mkdirat(directory.raw, run, 0o700) != 0 && errno != EEXIST {
                throw SpillError.system(errno, "making the spill folder \(run)")
            }
            if let folder = try take(run, in: directory, lockFlags: O_CREAT) { return folder }
        }
        throw SpillError(code: .runBusy, message: "the spill folder \(run) is taken away again and again", hint: "try again")
    }

    /// Takes the folder that a dead process left; nil when there is none with a lock file.
    static func adopt(_ run: String, in directory: borrowing Descriptor) throws(SpillError) -> RunFolder? {
        try take(run, in: directory, lockFlags: 0)
    }

    private static func take(_ run: String, in directory: borrowing Descriptor, lockFlags: Int32) throws(SpillError) -> RunFolder? {
        let doing = "opening the spill folder \(run)"
        do throws(SpillError) {
            let descriptor = try Descriptor(at: directory.raw, run, O_RDONLY | O_DIRECTORY, doing: doing)
            let status = try descriptor.status(doing)
            guard status.isOwn && !status.isOpenToOthers else {
                throw SpillError(
                    code: .directoryUnusable, message: "the spill folder \(run) is another user's or open to others",
                    hint: "remove it, or give it to this user with mode 0700")
            }
            let lock = try Descriptor(at: descriptor.raw, EntryName.lock, O_RDWR | O_NONBLOCK | lockFlags, mode: 0o600, doing: doing)
            let locked = try lock.status(doing)
            guard locked.isRegularFile else { return nil }
            guard try lock.tryLock(doing: doing) else {
                throw SpillError(
                    code: .runBusy, message: "the spill folder \(run) is another process's",
                    hint: "wait for it to end, or use another name for the run")
            }
            // The lock counts only if its file is still the folder's: whoever held it before may have removed it.
            guard let current = stat.of(EntryName.lock, at: descriptor.raw), current.st_ino == locked.st_ino,
                let folder = stat.of(run, at: directory.raw), folder.st_ino == status.st_ino
            else { return nil }
            return RunFolder(run: run, descriptor: descriptor, lock: lock)
        } catch let error where error.code == .io(errno: ENOENT) {
            return nil
        } catch let error where [.io(errno: ENOTDIR), .io(errno: ELOOP)].contains(error.code) {
            throw SpillError(
                code: .directoryUnusable, message: "\(run) in the spill directory is not a folder of spill files",
                hint: "remove it, or use another name for the run")
        }
    }

    /// Counts a finished file.
    func finished(_ name: String, bytes: Int) {
        finished.withLock { $0[name] = bytes }
    }

    /// The spill files there are, finished or not, by name, with their sizes.
    func files() throws(SpillError) -> [(name: String, bytes: Int)] {
        try descriptor.entries(doing: "listing the spill folder \(run)").compactMap { entry in
            guard entry.hasSuffix(EntryName.fileSuffix), let status = stat.of(entry, at: descriptor.raw), status.isRegularFile else {
                return nil
            }
            return (String(entry.dropLast(EntryName.fileSuffix.count)), Int(status.st_size))
        }
    }

    /// Counts all files there are as finished ones; returns the sum of their bytes.
    func countFiles() throws(SpillError) -> Int {
        var sum = 0
        for file in try files() {
            finished(file.name, bytes: file.bytes)
            sum = min(OtherClaims.most, sum + min(OtherClaims.most, file.bytes))
        }
        return sum
    }

    /// What the spill files take on disk; a sparse file may say it has any size.
    func bytesOnDisk() throws(SpillError) -> Int {
        var sum = 0
        for entry in try descriptor.entries(doing: "listing the spill folder \(run)") where entry.hasSuffix(EntryName.fileSuffix) {
            guard let status = stat.of(entry, at: descriptor.raw), status.isRegularFile else { continue }
            sum += min(Int(status.st_size), Int(status.st_blocks) * 512)
        }
        return sum
    }

    /// The complete files, ordered by name; unlinks the others.
    func removeIncomplete() throws(SpillError) -> [SpillFile] {
        var whole: [SpillFile] = []
        for file in try files() {
            do throws(SpillError) {
                whole.append(try FinishedFile(file.name, in: self).file)
            } catch let error where error.condemnsFile {
                _ = try remove(file.name)
            }
        }
        return whole.sorted { $0.name < $1.name }
    }

    /// Unlinks a spill file if there is one; returns the bytes of quota that are free by that.
    func remove(_ name: String) throws(SpillError) -> Int {
        let entry = name + EntryName.fileSuffix
        if stat.of(entry, at: descriptor.raw)?.isRegularFile == true, unlinkat(descriptor.raw, entry, 0) != 0, errno != ENOENT {
            throw SpillError.system(errno, "removing \(run)/\(entry)")
        }
        return finished.withLock { $0.removeValue(forKey: name) ?? 0 }
    }

    /// Unlinks all spill files, the lock file and the folder; a folder with anything else in it stays, without a lock.
    func removeAll(from directory: borrowing Descriptor) throws(SpillError) -> (quota: Int, disk: Int) {
        var removed = (quota: 0, disk: 0)
        for file in try files() {
            removed.quota += try remove(file.name)
            removed.disk += file.bytes
        }
        // The lock file goes last but one, so that a process that dies in between leaves a folder the next sweep knows.
        _ = unlinkat(descriptor.raw, EntryName.lock, 0)
        if unlinkat(directory.raw, run, AT_REMOVEDIR) != 0 && ![ENOENT, ENOTEMPTY, EEXIST].contains(errno) {
            throw SpillError.system(errno, "removing the spill folder \(run)")
        }
        return removed
    }
}
