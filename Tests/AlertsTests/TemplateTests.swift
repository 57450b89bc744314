import Testing

@testable import Alerts

struct TemplateTests {
    private static let known: Set<String> = ["a", "b", "on", "off", "list"]
    private static let values: [String: TemplateValue] = [
        "a": .text("{{b}}{{#on}}"), "b": .text(""), "on": .flag(true), "off": .flag(false),
        "list": .list([["a": .text("1")], ["a": .text("2"), "b": .text("x")]]),
    ]

    @Test(arguments: [
        ("x{{a}}y", "x{{b}}{{#on}}y"), ("{{ a }}", "{{b}}{{#on}}"), ("{{#on}}1{{/on}}{{^on}}2{{/on}}", "1"),
        ("{{#off}}1{{/off}}{{^off}}2{{/off}}", "2"), ("{{#b}}1{{/b}}{{^b}}2{{/b}}", "2"), ("{{#a}}1{{/a}}", "1"),
        ("{{#list}}({{a}}{{#b}}{{b}}{{/b}}){{/list}}", "(1)(2x)"), ("{{^list}}none{{/list}}", ""),
        ("a\n{{#on}}\nb\n{{/on}}\nc\n", "a\nb\nc\n"), ("a\n  {{#off}}  \nb\n{{/off}}\nc", "a\nc"),
        ("{{! note }}\na", "a"),
        ("a {{#on}}\nb{{/on}}", "a \nb"), ("{{#on}}{{a}}\n{{/on}}", "{{b}}{{#on}}\n"), ("", ""),
        ("a\r\n{{#on}}\r\nb\r\n{{/on}}\r\n", "a\nb\n"),
        ("}} { {x", "}} { {x"), ("{{{a}}", "{{b}}{{#on}}"),
    ])
    func theTextIsThatOfTheValues(_ template: String, _ text: String) {
        do throws(TemplateError) {
            #expect(try Template(template, known: Self.known).text(Self.values) == text)
        } catch { #expect(template == "{{{a}}" && error.problem == "there is no value of the name \"{a\"") }
    }

    @Test(arguments: [
        "{{", "{{a", "{{#on}}", "{{/on}}", "{{#on}}{{/off}}", "{{c}}", "{{}}", "{{#}}{{/}}", "{{^c}}{{/c}}",
    ])
    func whatIsNoTemplateIsRefused(_ template: String) {
        #expect(throws: TemplateError.self) { try Template("\n" + template, known: Self.known) }
        do throws(TemplateError) { _ = try Template("\n" + template, known: Self.known) } catch {
            #expect(error.line == 2)
        }
    }

    /// Any text is a template or an error, and what it makes has a bound.
    @Test func noTextTraps() {
        let pieces = [
            "{{", "}}", "#", "/", "^", "!", "a", "on", "list", "\n", " ", "{", "é", "{{#list}}", "{{/list}}", "\r\n",
        ]
        var state: UInt64 = 7
        for _ in 0..<2_000 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            guard let template = try? Template(text, known: Self.known) else { continue }
            #expect(template.text(Self.values).utf8.count < 1_000)
        }
    }

    @Test func theBuiltInTextsNameOnlyWhatThereIs() {
        #expect(NoticeTemplates.builtIn.languages == ["en", "id", "ja"])
    }
}
