/// Whether a class does the night within the window.
public enum Verdict: String, Sendable, Encodable {
    /// The whole interval lies within the window.
    case pass = "PASS"
    /// The whole interval lies beyond it.
    case fail = "FAIL"
    /// The window lies in the interval, or too little was measured for one.
    case uncertain = "UNCERTAIN"

    init(_ prediction: Prediction, window: Double) {
        if let high = prediction.high, high <= window {
            self = .pass
        } else if let low = prediction.low, low > window {
            self = .fail
        } else {
            self = .uncertain
        }
    }
}
