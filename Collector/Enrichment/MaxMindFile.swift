import CLibmaxminddb
import FlowModel

/// Reads MaxMind DB files by libmaxminddb: every network of the tree with its country, autonomous system and name.
package enum MaxMindFile {
    /// Whether the bytes are such a file: its metadata begins with this in the last 128 KiB (MaxMind DB File Format
    /// Specification 2.0, "Database Metadata").
    static func isOne(_ bytes: [UInt8]) -> Bool {
        let marker: [UInt8] = [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
        let tail = bytes.suffix(128 * 1_024)
        var start = tail.startIndex
        while let place = tail[start...].firstIndex(of: 0xAB) {
            if tail[place...].starts(with: marker) { return true }
            start = place + 1
        }
        return false
    }

    /// - Throws: when it is no MaxMind DB, is damaged, or has no networks with a country or number.
    package static func read(path: String) throws(EnrichmentError) -> OriginFile {
        var database = MMDB_s()
        let opened = MMDB_open(path, UInt32(MMDB_MODE_MMAP), &database)
        guard opened == MMDB_SUCCESS else { throw failure(opened) }
        defer { MMDB_close(&database) }
        var walk = Walk()
        if database.metadata.ip_version == 4 {
            try walk.tree(&database, root: 0, family: .ipv4)
        } else {
            // IPv4 is below ::/96; other branches that lead there (::ffff:0:0/96, 2002::/16) say the same again.
            let start = database.ipv4_start_node
            if start.netmask == 96 { try walk.tree(&database, root: start.node_value, family: .ipv4) }
            walk.skipped = start.netmask == 96 ? start.node_value : nil
            try walk.tree(&database, root: 0, family: .ipv6)
        }
        guard walk.file.ranges.contains(where: \.isKnown) else {
            throw EnrichmentError("it has no countries and no autonomous systems")
        }
        return walk.file
    }

    fileprivate static func failure(_ status: Int32) -> EnrichmentError {
        EnrichmentError(String(cString: MMDB_strerror(status)))
    }
}

/// What is known of the networks that were visited.
private struct Walk {
    private struct Branch {
        let node: UInt32
        let bits: UInt128
        let depth: Int
    }

    private struct Value {
        var country: Country?
        var asn: UInt32?
        var name: String?
    }

    var file = OriginFile()
    /// A node below which nothing is new.
    var skipped: UInt32?
    /// By the place of the record: many networks share one.
    private var values: [UInt32: Value] = [:]

    mutating func tree(_ database: inout MMDB_s, root: UInt32, family: AddressFamily) throws(EnrichmentError) {
        var open = [Branch(node: root, bits: 0, depth: 0)]
        while let branch = open.popLast() {
            var node = MMDB_search_node_s()
            let status = MMDB_read_node(&database, branch.node, &node)
            guard status == MMDB_SUCCESS else { throw MaxMindFile.failure(status) }
            // The right one first, so that the left one is taken first.
            for side in [1, 0] as [UInt128] {
                let (record, type) =
                    side == 0
                    ? (node.left_record, node.left_record_type) : (node.right_record, node.right_record_type)
                let (bits, depth) = (branch.bits << 1 | side, branch.depth + 1)
                switch Int32(type) {
                case Int32(MMDB_RECORD_TYPE_EMPTY): continue
                case Int32(MMDB_RECORD_TYPE_SEARCH_NODE):
                    if family == .ipv6, UInt32(truncatingIfNeeded: record) == skipped { continue }
                    guard depth < family.bitWidth else { throw EnrichmentError("its tree is too deep") }
                    open.append(Branch(node: UInt32(truncatingIfNeeded: record), bits: bits, depth: depth))
                case Int32(MMDB_RECORD_TYPE_DATA):
                    var entry = side == 0 ? node.left_record_entry : node.right_record_entry
                    let value = try value(&entry)
                    let hostBits = UInt128(family.bitWidth - depth)
                    let low = bits << hostBits
                    try file.append(
                        OriginRange(
                            family: family, low: low, high: low | ((1 << hostBits) - 1), country: value.country,
                            asn: value.asn), name: value.name)
                default: throw EnrichmentError("its tree is damaged")
                }
            }
        }
    }

    private mutating func value(_ entry: inout MMDB_entry_s) throws(EnrichmentError) -> Value {
        let place = entry.offset
        if let known = values[place] { return known }
        var value = Value()
        // MaxMind and DB-IP, then IPinfo.
        if let code = Walk.text(&entry, ["country", "iso_code"]) ?? Walk.text(&entry, ["country_code"]) {
            value.country = try Country.read(code)
        }
        if let number = Walk.number(&entry, ["autonomous_system_number"]) {
            value.asn = number == 0 ? nil : number
        } else if let text = Walk.text(&entry, ["asn"]) {
            value.asn = try OriginFile.asn(text[...])
        }
        let name = Walk.text(&entry, ["autonomous_system_organization"]) ?? Walk.text(&entry, ["as_name"])
        value.name = name.map { OriginFile.name($0) }
        values[place] = value
        return value
    }

    private static func text(_ entry: inout MMDB_entry_s, _ path: [String]) -> [UInt8]? {
        guard let data = data(&entry, path), data.type == UInt32(MMDB_DATA_TYPE_UTF8_STRING),
            let start = data.utf8_string
        else { return nil }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(data.data_size)))
    }

    private static func number(_ entry: inout MMDB_entry_s, _ path: [String]) -> UInt32? {
        guard let data = data(&entry, path), data.type == UInt32(MMDB_DATA_TYPE_UINT32) else { return nil }
        return data.uint32
    }

    private static func data(_ entry: inout MMDB_entry_s, _ path: [String]) -> MMDB_entry_data_s? {
        var data = MMDB_entry_data_s()
        let words = path.map { Array($0.utf8CString) }
        func descend(_ index: Int, _ pointers: [UnsafePointer<CChar>?]) -> Int32 {
            guard index < words.count else {
                return (pointers + [nil]).withUnsafeBufferPointer { MMDB_aget_value(&entry, &data, $0.baseAddress) }
            }
            return words[index].withUnsafeBufferPointer { descend(index + 1, pointers + [$0.baseAddress]) }
        }
        guard descend(0, []) == MMDB_SUCCESS, data.has_data else { return nil }
        return data
    }
}
