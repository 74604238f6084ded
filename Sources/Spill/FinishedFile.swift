import Glibc

/// A finished file, open for reading, of which the trailer is verified, but not yet the content.
struct FinishedFile: ~Copyable, Sendable {
    let file: SpillFile
    private let descriptor: Descriptor

    init(_ name: String, in folder: RunFolder) throws(SpillError) {
        let path = "\(folder.run)/\(name)\(EntryName.fileSuffix)"
        let descriptor: Descriptor
        do throws(SpillError) {
            // O_NONBLOCK: should a FIFO stand there, opening it must not wait for its other end.
            descriptor = try Descriptor(
                at: folder.descriptor.raw, name + EntryName.fileSuffix, O_RDONLY | O_NONBLOCK, doing: "opening \(path)")
        } catch let error where error.code == .io(errno: ENOENT) {
            throw SpillError(code: .fileMissing, message: "there is no \(path)", hint: "read the day from the source again")
        } catch let error where error.code == .io(errno: ELOOP) {
            throw SpillError(code: .mismatch, message: "\(path) is a symlink", hint: "read the day from the source again")
        }
        let status = try descriptor.status("looking at \(path)")
        guard status.isRegularFile else {
            throw SpillError(code: .mismatch, message: "\(path) is not a regular file", hint: "read the day from the source again")
        }

        let size = Int(status.st_size)
        var tail = [UInt8](repeating: 0, count: Trailer.tailBytes)
        guard size >= Trailer.bytes.lowerBound,
            try descriptor.read(into: &tail, 0..<tail.count, at: size - tail.count, doing: "reading \(path)") == tail.count,
            let length = Trailer.length(endingWith: tail.span.bytes), length <= size
        else {
            throw SpillError(
                code: .incomplete, message: "\(path) has no whole footer: its writer did not finish",
                hint: "read the day from the source again")
        }
        var bytes = [UInt8](repeating: 0, count: length)
        guard try descriptor.read(into: &bytes, 0..<length, at: size - length, doing: "reading \(path)") == length,
            let trailer = Trailer(decoding: bytes.span.bytes),
            let file = SpillFile(footer: trailer.footer, run: folder.run, name: name, frameChecksum: trailer.frameChecksum)
        else { throw SpillError.corrupt(path, "the footer's checksum does not match") }
        guard file.compressedBytes == size - length else { throw SpillError.corrupt(path, "its length is not the one in its footer") }
        self.file = file
        self.descriptor = descriptor
    }

    /// Reads exactly `range` of `buffer` from `offset` of the LZ4 frame on.
    func read(into buffer: inout [UInt8], _ range: Range<Int>, at offset: Int) throws(SpillError) {
        guard range.count <= file.compressedBytes - offset,
            try descriptor.read(into: &buffer, range, at: offset, doing: "reading \(file.path)") == range.count
        else { throw SpillError.corrupt(file.path, "the frame ends too early") }
    }

    /// Reads the whole frame and compares its checksum with the footer's.
    func verify() throws(SpillError) {
        var checksum = XXHash64()
        var buffer = [UInt8](repeating: 0, count: min(file.compressedBytes, 256 * 1024))
        var offset = 0
        while offset < file.compressedBytes {
            let count = min(buffer.count, file.compressedBytes - offset)
            try read(into: &buffer, 0..<count, at: offset)
            checksum.update(buffer.span.bytes.extracting(0..<count))
            offset += count
        }
        if checksum.value != file.frameChecksum { throw SpillError.corrupt(file.path, "the checksum of its frame does not match") }
    }
}
