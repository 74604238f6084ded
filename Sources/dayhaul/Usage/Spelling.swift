/// How near two words are.
enum Spelling {
    /// The word among `known` that is nearest; nil when none is near enough to have been meant.
    static func nearest(to word: String, among known: [String]) -> String? {
        let limit = min(2, word.count / 3)
        let distances = known.map { ($0, distance(word, $0)) }.filter { $0.1 <= limit }
        return distances.min { $0.1 < $1.1 }?.0
    }

    /// How many letters have to be added, left out, replaced, or exchanged with their neighbour (optimal string alignment).
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var before: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var line = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var cost = min(last[column] + (isSame ? 0 : 1), last[column + 1] + 1, line[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, before[column - 1] + 1)
                }
                line.append(cost)
            }
            (before, last) = (last, line)
        }
        return last[right.count]
    }
}
