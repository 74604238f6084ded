extension NullEnds {
    /// What the ends leave of a load's time; nil where one of them was not measured.
    var text: String? {
        guard let withNullSource, let withNullSink else { return nil }
        return
            "without sources a load takes \(Figure.percent(withNullSource)) of its time, without a warehouse \(Figure.percent(withNullSink))"
    }
}
