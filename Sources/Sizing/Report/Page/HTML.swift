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
            default: if scalar.properties.generalCategory != .control { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }

    /// A table; headings that begin with `>` are over numbers. Cells are HTML.
    static func table(_ headings: [String], _ rows: [[String]]) -> String {
        let isNumber = headings.map { $0.hasPrefix(">") }
        func row(_ cells: [String], _ element: String) -> String {
            let cells = zip(cells, isNumber).map { cell, isNumber in
                "<\(element)\(isNumber ? " class=\"number\"" : "")>\(cell)</\(element)>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        let head = row(headings.map { escaped($0.hasPrefix(">") ? String($0.dropFirst()) : $0) }, "th")
        let body = rows.map { row($0, "td") }.joined(separator: "\n")
        return "<div class=\"scroll\"><table><thead>\(head)</thead><tbody>\n\(body)\n</tbody></table></div>"
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
