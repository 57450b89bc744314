import FlowModel

/// The fields of a message or header by tag: unknown ones kept aside, known ones at most once each.
struct FieldTable {
    private var values: [UInt64: ArraySlice<UInt8>] = [:]
    private let end: Int

    /// Reads fields to the end of `reader`. A tag that occurs twice is refused, known or not.
    init(_ reader: inout ByteReader) throws(WireError) {
        while reader.left > 0 {
            let start = reader.offset
            let tag = try reader.varint(UInt64.self, "field tag")
            let length = try reader.count("field length", limit: WireLimits.messageBytes, bytesEach: 1)
            let value = try reader.slice(length, "field \(tag)")
            guard values.updateValue(value, forKey: tag) == nil else {
                throw WireError(.repeatedField, offset: start, "field \(tag)")
            }
            guard values.count <= WireLimits.fields else { throw WireError(.overLimit, offset: start, "fields") }
        }
        end = reader.offset
    }

    func has(_ tag: UInt64) -> Bool { values[tag] != nil }

    func bytes(_ tag: UInt64, _ what: String, limit: Int) throws(WireError) -> ArraySlice<UInt8> {
        guard let value = values[tag] else { throw WireError(.missingField, offset: end, what) }
        guard value.count <= limit else { throw WireError(.overLimit, offset: value.startIndex, what) }
        return value
    }

    /// The number of a field; 0 when it is absent.
    func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ tag: UInt64, _ what: String, as type: Number.Type, in range: ClosedRange<Number>? = nil
    ) throws(WireError) -> Number {
        var number: Number = 0
        var offset = end
        if let value = values[tag] {
            var reader = ByteReader(value)
            offset = reader.offset
            number = try reader.varint(Number.self, what)
            try reader.requireEnd(what)
        }
        if let range, !range.contains(number) { throw WireError(.outOfRange, offset: offset, what) }
        return number
    }

    func number(_ tag: UInt64, _ what: String, in range: ClosedRange<UInt64>? = nil) throws(WireError) -> UInt64 {
        try number(tag, what, as: UInt64.self, in: range)
    }

    /// A number of at most `limit` that counts things.
    func count(_ tag: UInt64, _ what: String, limit: Int) throws(WireError) -> Int {
        let value = try number(tag, what)
        guard value <= UInt64(limit) else { throw WireError(.overLimit, what) }
        return Int(value)
    }

    func signed(_ tag: UInt64, _ what: String) throws(WireError) -> Int64 {
        ByteReader.unzigzag(try number(tag, what))
    }

    func flag(_ tag: UInt64, _ what: String) throws(WireError) -> Bool {
        try number(tag, what, as: UInt8.self, in: 0...1) == 1
    }

    func epoch(_ tag: UInt64, _ what: String) throws(WireError) -> Epoch {
        var reader = ByteReader(try bytes(tag, what, limit: 16))
        let epoch = try reader.epoch(what)
        try reader.requireEnd(what)
        return epoch
    }

    /// UTF-8 text; empty when the field is absent.
    func text(_ tag: UInt64, _ what: String, limit: Int) throws(WireError) -> String {
        guard has(tag) else { return "" }
        let value = try bytes(tag, what, limit: limit)
        guard let text = String(validating: value, as: UTF8.self), !value.contains(0) else {
            throw WireError(.outOfRange, offset: value.startIndex, what)
        }
        return text
    }

    /// A list that the field holds: a count, then what `read` reads that many times.
    func list<Element>(
        _ tag: UInt64, _ what: String, limit: Int, _ read: (inout ByteReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        guard let value = values[tag] else { return [] }
        var reader = ByteReader(value)
        let count = try reader.count(what, limit: limit, bytesEach: 1)
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try read(&reader)) }
        try reader.requireEnd(what)
        return elements
    }
}
