internal import CSched
internal import Glibc

/// The processors that a process may run on, by their numbers in ascending order (sched_setaffinity(2)).
struct ProcessorSet: Equatable {
    let numbers: [Int]

    init(numbers: [Int]) { self.numbers = numbers }

    /// Those of a running process.
    init(allowedTo process: Int32) throws {
        var mask = cpu_set_t()
        try systemCall("ask for the cores of process \(process)") {
            sched_getaffinity(process, MemoryLayout<cpu_set_t>.size, &mask)
        }
        numbers = withUnsafeBytes(of: &mask) { bytes in
            let words = bytes.bindMemory(to: UInt.self)
            return (0..<words.count * UInt.bitWidth).filter { words[$0 / UInt.bitWidth] & (1 << ($0 % UInt.bitWidth)) != 0 }
        }
    }

    /// Has the process, and those that it will start, run on these. A process that has ended is no error.
    func apply(to process: Int32) throws {
        var mask = cpu_set_t()
        withUnsafeMutableBytes(of: &mask) { bytes in
            let words = bytes.bindMemory(to: UInt.self)
            for number in numbers { words[number / UInt.bitWidth] |= 1 << (number % UInt.bitWidth) }
        }
        try systemCall("choose the cores of process \(process)") {
            let result = sched_setaffinity(process, MemoryLayout<cpu_set_t>.size, &mask)
            return result < 0 && errno == ESRCH ? 0 : result
        }
    }
}
