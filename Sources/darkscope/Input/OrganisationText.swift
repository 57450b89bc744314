import ArgumentParser
import FlowModel
import Store

/// Reads what people type of organisations, on the command line and in files, in the bounds that the registry has. What is
/// wrong is said with an example.
enum OrganisationText {
    /// The value of a setting in the form that the registry has; nil takes it away.
    static func value(_ field: OrganisationField, _ text: String) throws(ValidationError) -> String? {
        if let numbers = field.numbers {
            guard let number = Moment.number(text[...]), numbers.contains(Int(clamping: number)) else {
                throw ValidationError("expected a number from \(numbers.lowerBound) to \(numbers.upperBound).")
            }
            return "\(number)"
        }
        guard field.words.isEmpty || field.words.contains(text) else {
            throw ValidationError("expected one of: \(field.words.joined(separator: ", ")).")
        }
        switch field {
        case .name: return try RegistryText.name(text)
        case .country: return text == "none" ? nil : try RegistryText.country(text)
        case .language: return try language(text)
        case .zone: return try RegistryText.zone(text)
        case .quiet: return text == "none" ? nil : try quiet(text)
        default: return text
        }
    }

    /// A reader of the setting for the command line.
    static func reader(_ field: OrganisationField) -> @Sendable (String) throws -> Setting {
        { text in Setting(value: try value(field, text)) }
    }

    /// A note or a name of at most `limit` characters, shown to people.
    static func note(_ text: String, limit: Int) throws(ValidationError) -> String {
        guard text.unicodeScalars.count <= limit else { throw ValidationError("it has more than \(limit) characters.") }
        guard !text.unicodeScalars.contains(where: \.actsOnTerminals) else {
            throw ValidationError("it holds control characters. Write it on one line, in letters only.")
        }
        return text
    }

    /// Who vouches for a block, or where a token went.
    static func witness(_ text: String) throws(ValidationError) -> String {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("expected who, and how you know, such as \"A. Person, by phone, 2026-01-31\".")
        }
        return try note(text, limit: 200)
    }

    static func allowedNote(_ text: String) throws(ValidationError) -> String { try note(text, limit: 500) }

    static func contactName(_ text: String) throws(ValidationError) -> String { try note(text, limit: 200) }

    /// An address, or a block of any family.
    static func addressOrBlock(_ text: String) throws(ValidationError) -> Prefix {
        guard let prefix = Prefix(text) else {
            throw ValidationError("expected an address or block, such as 198.51.100.7 or 2001:db8::/48.")
        }
        return prefix
    }

    /// The code of a language in ISO 639-1.
    private static func language(_ text: String) throws(ValidationError) -> String {
        guard text.utf8.count == 2, text.utf8.allSatisfy({ (0x61...0x7A).contains($0) }) else {
            throw ValidationError("expected two lower-case letters of ISO 639-1, such as ja.")
        }
        return text
    }

    /// Hours of the clock: `22:00-06:00`.
    private static func quiet(_ text: String) throws(ValidationError) -> String {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        let times = ends.map { end in
            end.split(separator: ":", omittingEmptySubsequences: false)
                .map { $0.utf8.count == 2 ? Moment.number($0) ?? 99 : 99 }
        }
        guard times.count == 2, times.allSatisfy({ $0.count == 2 && $0[0] < 24 && $0[1] < 60 }), ends[0] != ends[1]
        else { throw ValidationError("expected two different times of the clock, such as 22:00-06:00, or none.") }
        return text
    }
}

/// A setting as it was given; without a value it is taken away.
struct Setting: Sendable {
    let value: String?
}
