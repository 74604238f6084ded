import PlainText

/// Pieces of a page. Whatever comes from a file goes through `escaped`.
enum HTML {
    /// Text as it can stand in an element or a quoted attribute; control characters are left out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: if !PlainText.isUnseen(scalar) { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }

    /// A table; headings that begin with `>` are over numbers. Cells are HTML, and know their heading for a screen that has no room beside
    /// each other for them.
    static func table(_ headings: [String], _ rows: [[String]]) -> String {
        let isNumber = headings.map { $0.hasPrefix(">") }
        let names = headings.map { escaped($0.hasPrefix(">") ? String($0.dropFirst()) : $0) }
        func attributes(_ column: Int) -> String { isNumber[column] ? " class=\"number\"" : "" }
        let head = names.enumerated().map { "<th\(attributes($0))>\($1)</th>" }.joined()
        let body = rows.map { cells in
            let cells = zip(names.indices, cells).map { "<td\(attributes($0)) data-name=\"\(names[$0])\">\($1)</td>" }
            return "<tr>\(cells.joined())</tr>"
        }.joined(separator: "\n")
        return "<div class=\"scroll\"><table><thead><tr>\(head)</tr></thead><tbody>\n\(body)\n</tbody></table></div>"
    }

    /// A chart with what it shows and how it is read.
    static func figure(_ title: String, _ explanation: String, _ svg: String, legend: [(name: String, color: String)] = []) -> String {
        let entries = legend.map { "<li><i style=\"background:var(--\($0.color))\"></i>\(escaped($0.name))</li>" }.joined()
        let list = legend.isEmpty ? "" : "<ul class=\"legend\">\(entries)</ul>"
        return
            "<figure><figcaption><h2>\(escaped(title))</h2><p class=\"soft\">\(escaped(explanation))</p></figcaption>\n"
            + "\(svg)\n\(list)</figure>"
    }
}
