/// Why a text is no template.
package struct TemplateError: Error, Equatable, CustomStringConvertible {
    /// Line in the text, from 1.
    package let line: Int
    /// What is wrong there, in English.
    package let problem: String

    package var description: String { "line \(line): \(problem)" }
}

/// What a name in a template stands for.
enum TemplateValue {
    case text(String)
    case flag(Bool)
    case list([[String: TemplateValue]])
}

/// A text with names in it: `{{name}}` for a value, `{{#name}}…{{/name}}` for what is there if the value is true or not
/// empty and once for each element of a list, `{{^name}}…{{/name}}` for what is there otherwise, `{{! note }}` for nothing.
///
/// A subset of Mustache (mustache(5)) for plain text: values are put in as they are, and never read as templates. A line
/// that holds nothing but sections' marks and notes leaves no line.
struct Template: Sendable {
    /// Bytes of a template, depth of its sections, and bytes of what it makes.
    static let longest = 256 << 10, deepest = 16, largest = 4 << 20

    private indirect enum Part: Sendable {
        case text(String)
        case value(String)
        case section(name: String, isInverted: Bool, parts: [Part])
    }

    private struct Frame {
        var name: String
        var isInverted: Bool
        var line: Int
        var parts: [Part]
    }

    private let parts: [Part]

    /// - Parameter known: the names that may be used.
    init(_ text: String, known: Set<String>) throws(TemplateError) {
        guard text.utf8.count <= Template.longest else {
            throw TemplateError(line: 1, problem: "the template is longer than \(Template.longest) bytes")
        }
        var stack = [Frame(name: "", isInverted: false, line: 0, parts: [])]
        var number = 0
        // Characters would take CR LF as one, and leave the CR in the line.
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (place, scalars) in lines.enumerated() {
            number = place + 1
            var tokens = try Template.tokens(of: String(scalars), line: number)
            let isStandalone =
                tokens.contains(where: \.isMark)
                && tokens.allSatisfy { $0.isMark || $0.kind == .text && $0.text.allSatisfy(\.isWhitespace) }
            if isStandalone {
                tokens.removeAll { $0.kind == .text }
            } else if place < lines.count - 1 {
                tokens.append(Token(kind: .text, text: "\n"))
            }
            for token in tokens { try Template.take(token, line: number, known, &stack) }
        }
        guard stack.count == 1 else {
            throw TemplateError(line: stack.last!.line, problem: "section \(stack.last!.name) has no end")
        }
        parts = stack[0].parts
    }

    private static func take(
        _ token: Token, line: Int, _ known: Set<String>, _ stack: inout [Frame]
    ) throws(TemplateError) {
        let place = stack.count - 1
        switch token.kind {
        case .text: stack[place].parts.append(.text(token.text))
        case .note: break
        case .close:
            guard place > 0, stack[place].name == token.text else {
                throw TemplateError(line: line, problem: "the end of \(token.text) has no beginning")
            }
            let frame = stack.removeLast()
            stack[place - 1].parts.append(
                .section(name: frame.name, isInverted: frame.isInverted, parts: frame.parts))
        case .value, .open, .inverted:
            guard known.contains(token.text) else {
                throw TemplateError(line: line, problem: "there is no value of the name \"\(token.text)\"")
            }
            guard token.kind != .value else { return stack[place].parts.append(.value(token.text)) }
            guard stack.count <= deepest else { throw TemplateError(line: line, problem: "sections are too deep") }
            stack.append(Frame(name: token.text, isInverted: token.kind == .inverted, line: line, parts: []))
        }
    }

    /// The text with these values; what is beyond `largest` is cut off.
    func text(_ values: [String: TemplateValue]) -> String {
        var result = ""
        render(parts, [values], into: &result)
        return result
    }

    private func render(_ parts: [Part], _ scopes: [[String: TemplateValue]], into result: inout String) {
        for part in parts where result.utf8.count < Template.largest {
            switch part {
            case .text(let text): result += text
            case .value(let name):
                if case .text(let text)? = Template.value(name, scopes) { result += text }
            case .section(let name, let isInverted, let parts):
                let value = Template.value(name, scopes)
                switch (value, isInverted) {
                case (.list(let elements), false):
                    for element in elements where result.utf8.count < Template.largest {
                        render(parts, scopes + [element], into: &result)
                    }
                default: if Template.isTrue(value) != isInverted { render(parts, scopes, into: &result) }
                }
            }
        }
    }

    private static func value(_ name: String, _ scopes: [[String: TemplateValue]]) -> TemplateValue? {
        for scope in scopes.reversed() { if let value = scope[name] { return value } }
        return nil
    }

    private static func isTrue(_ value: TemplateValue?) -> Bool {
        switch value {
        case .text(let text): !text.isEmpty
        case .flag(let flag): flag
        case .list(let elements): !elements.isEmpty
        case nil: false
        }
    }

    private struct Token {
        enum Kind { case text, value, open, inverted, close, note }

        var kind: Kind
        var text: String

        var isMark: Bool { kind != .text && kind != .value }
    }

    private static func tokens(of line: String, line number: Int) throws(TemplateError) -> [Token] {
        var tokens: [Token] = []
        var rest = Substring(line.last == "\r" ? String(line.dropLast()) : line)
        while let start = rest.firstRange(of: "{{") {
            if start.lowerBound > rest.startIndex {
                tokens.append(Token(kind: .text, text: String(rest[..<start.lowerBound])))
            }
            guard let end = rest[start.upperBound...].firstRange(of: "}}") else {
                throw TemplateError(line: number, problem: "{{ has no }} in its line")
            }
            let tag = rest[start.upperBound..<end.lowerBound]
            let kinds: [Character: Token.Kind] = ["#": .open, "^": .inverted, "/": .close, "!": .note]
            let kind = tag.first.flatMap { kinds[$0] }
            let name = (kind == nil ? tag : tag.dropFirst()).filter { !$0.isWhitespace }
            tokens.append(Token(kind: kind ?? .value, text: name))
            rest = rest[end.upperBound...]
        }
        if !rest.isEmpty { tokens.append(Token(kind: .text, text: String(rest))) }
        return tokens
    }
}
