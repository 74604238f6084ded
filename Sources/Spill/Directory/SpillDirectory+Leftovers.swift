import Glibc

extension SpillDirectory {
    /// What ``sweep(except:)`` removed.
    public struct Swept: Equatable, Sendable {
        /// Runs.
        public var runs = 0
        /// Bytes on disk.
        public var bytes = 0
    }

    /// Removes the runs of processes that died, but not those of the names in `kept`: folders whose lock is free. Runs in use here or elsewhere, symlinks, and folders
    /// without Spill's lock file are not touched, nor is anything but spill files inside a folder.
    public func sweep(except kept: Set<String> = []) throws(SpillError) -> Swept {
        var swept = Swept()
        try forEachDeadRun(except: kept) { (folder) throws(SpillError) in
            swept.bytes += try folder.removeAll(from: descriptor).disk
            swept.runs += 1
        }
        return swept
    }

    /// The complete files of processes that died, by the word of their footers, ordered by run and name. They stay where they are,
    /// and free for any process: ``adopt(run:)`` takes their run over, and ``openFile(_:)`` verifies their content.
    public func leftovers() throws(SpillError) -> [SpillFile] {
        var found: [SpillFile] = []
        try forEachDeadRun { (folder) throws(SpillError) in
            for file in try folder.files() {
                if let whole = try? FinishedFile(file.name, in: folder) { found.append(whole.file) }
            }
        }
        return found.sorted { ($0.run, $0.name) < ($1.run, $1.name) }
    }

    /// Takes the folders of dead runs one at a time: there may be more than the process may open files.
    private func forEachDeadRun(except: Set<String> = [], _ body: (RunFolder) throws(SpillError) -> Void) throws(SpillError) {
        for entry in try descriptor.entries(doing: "listing the spill directory") where EntryName.isPlain(entry) && !except.contains(entry)
        {
            guard let status = stat.of(entry, at: descriptor.raw), status.isDirectory, status.isOwn else { continue }
            try quota.exclusively { () throws(SpillError) in
                do throws(SpillError) {
                    if let folder = try RunFolder.adopt(entry, in: descriptor) { try body(folder) }
                } catch let error where [.runBusy, .directoryUnusable].contains(error.code) {}
                return ((), 0)
            }
        }
    }
}
