/// A setting that is missing or cannot be used.
struct SettingsError: Error, CustomStringConvertible {
    let message: String
    let hint: String

    var description: String { "\(message); hint: \(hint)" }
}
