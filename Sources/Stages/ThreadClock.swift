import Glibc

/// CPU time of the calling thread (clock_gettime(2), CLOCK_THREAD_CPUTIME_ID).
public enum ThreadClock {
    /// User and system seconds so far.
    public static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
