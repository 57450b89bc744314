/// A word or sign of a filter.
struct FilterToken: Hashable {
    enum Kind: Hashable {
        /// Letters, digits and what names, numbers, addresses and blocks have between them.
        case word
        /// `(`, `)`, `,` or a comparison.
        case sign
        case end
    }

    let kind: Kind
    /// Empty at the end.
    let text: String
    /// From 1, in Unicode scalars.
    let column: Int
}

/// Cuts a filter into words and signs.
enum FilterLexer {
    /// - Throws: for a character that no filter has.
    static func tokens(_ text: String) throws(FilterError) -> [FilterToken] {
        let scalars = Array(text.unicodeScalars)
        var tokens: [FilterToken] = []
        var index = 0
        while index < scalars.count {
            let start = index
            func token(_ kind: FilterToken.Kind) -> FilterToken {
                var text = ""
                text.unicodeScalars.append(contentsOf: scalars[start..<index])
                return FilterToken(kind: kind, text: text, column: start + 1)
            }
            switch scalars[index] {
            case " ", "\t", "\n", "\r":
                index += 1
            case "(", ")", ",", "=":
                index += 1
                tokens.append(token(.sign))
            case "<", ">":
                index += index + 1 < scalars.count && scalars[index + 1] == "=" ? 2 : 1
                tokens.append(token(.sign))
            case "!" where index + 1 < scalars.count && scalars[index + 1] == "=":
                index += 2
                tokens.append(token(.sign))
            case let scalar where isWord(scalar):
                while index < scalars.count, isWord(scalars[index]) { index += 1 }
                tokens.append(token(.word))
            default:
                index += 1
                // Shown by its number where it would not show, or would act on a terminal.
                let word =
                    scalars[start].isASCII && scalars[start].value > 0x20 && scalars[start].value < 0x7F
                    ? token(.sign).text : "U+\(String(scalars[start].value, radix: 16, uppercase: true))"
                throw FilterError(
                    column: start + 1, word: word, problem: "no filter has this character",
                    expected: "names, values, = != < <= > >= in (…), and, or, not")
            }
        }
        return tokens + [FilterToken(kind: .end, text: "", column: scalars.count + 1)]
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".", ":", "/", "_": true
        default: false
        }
    }
}
