import Glibc

/// A file that is being written and the only owner of it: unless it is finished, it is unlinked when it goes.
struct UnfinishedFile: ~Copyable, Sendable {
    let name: String
    let folder: RunFolder
    private let share: SpillShare
    private let descriptor: Descriptor
    /// Bytes on disk, all of them paid for by the share.
    private(set) var bytes = 0
    private var isFinished = false

    init(_ name: String, in folder: RunFolder, share: SpillShare) throws(SpillError) {
        let entry = name + EntryName.fileSuffix
        let descriptor: Descriptor
        do throws(SpillError) {
            descriptor = try Descriptor(
                at: folder.descriptor.raw, entry, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, doing: "making \(folder.run)/\(entry)")
        } catch let error where error.code == .io(errno: EEXIST) {
            throw SpillError(
                code: .fileExists, message: "there is a \(folder.run)/\(entry) already, and spill files are written once",
                hint: "remove it, or use another name for the file")
        }
        self.descriptor = descriptor
        self.name = name
        self.folder = folder
        self.share = share
    }

    deinit {
        if !isFinished {
            _ = unlinkat(folder.descriptor.raw, name + EntryName.fileSuffix, 0)
            share.quota.update { [share, bytes] in $0.discarded(bytes, by: share.id) }
        }
    }

    var path: String { "\(folder.run)/\(name)\(EntryName.fileSuffix)" }

    /// Appends bytes that `content` bytes of reserved content became.
    mutating func append(_ chunk: RawSpan, for content: Int) throws(SpillError) {
        try descriptor.write(chunk, doing: "writing \(path)")
        bytes += chunk.byteCount
        share.quota.update { [share, disk = chunk.byteCount] in $0.written(content: content, disk: disk, by: share.id) }
    }

    /// Makes the file durable and hands its bytes over to the folder.
    mutating func finish() throws(SpillError) {
        try descriptor.synchronize(doing: "syncing \(path)")
        isFinished = true
        folder.finished(name, bytes: bytes)
        share.quota.update { [share, bytes] in $0.finished(bytes, by: share.id) }
    }
}
