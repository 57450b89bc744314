package import FlowModel

/// A version of the table of origins in memory: 14 bytes a range of IPv4, 38 of IPv6.
package struct OriginTable: Sendable {
    /// Number of the version; nil when there is none, and nothing is known of any address.
    package let version: Int32?
    private var ranges = AddressRanges()
    /// Of each range, its place in `countries` and in `networks`; 0 for unknown.
    private var countryPlaces: [UInt16] = []
    private var networkPlaces: [Int32] = []
    /// The different countries; the first stands for none.
    private(set) var countries: [String?] = [nil]
    /// The different autonomous systems; the first stands for none.
    private(set) var networks: [UInt32?] = [nil]

    /// Places of what was added.
    private var knownCountries: [String: UInt16] = [:]
    private var knownNetworks: [UInt32: Int32] = [:]

    /// A table without ranges.
    package init(version: Int32? = nil) {
        self.version = version
        if version == nil { ranges.close() }
    }

    /// Adds a range behind all others.
    /// - Parameter country: two letters.
    /// - Returns: false, and nothing is added, when it does not lie behind them, or there are more than 65,535 countries.
    package mutating func append(_ low: Address, _ high: Address, country: String?, network: UInt32?) -> Bool {
        guard countries.count < Int(UInt16.max), ranges.append(low, high) else { return false }
        countryPlaces.append(place(of: country))
        networkPlaces.append(place(of: network))
        return true
    }

    /// Makes it ready to be asked, after the last range.
    package mutating func close() {
        ranges.close()
        (knownCountries, knownNetworks) = ([:], [:])
    }

    private mutating func place(of country: String?) -> UInt16 {
        guard let country else { return 0 }
        if let known = knownCountries[country] { return known }
        let place = UInt16(countries.count)
        countries.append(country)
        knownCountries[country] = place
        return place
    }

    private mutating func place(of network: UInt32?) -> Int32 {
        guard let network else { return 0 }
        if let known = knownNetworks[network] { return known }
        let place = Int32(networks.count)
        networks.append(network)
        knownNetworks[network] = place
        return place
    }

    /// Places in `countries` and `networks` of an IPv4 address.
    @inline(__always)
    func places(ipv4 bits: UInt32) -> (country: Int, network: Int) { places(ranges.find(ipv4: bits)) }

    /// The same of an IPv6 address.
    func places(ipv6 bits: UInt128) -> (country: Int, network: Int) { places(ranges.find(ipv6: bits)) }

    @inline(__always)
    private func places(_ range: Int?) -> (country: Int, network: Int) {
        guard let range else { return (0, 0) }
        return (Int(countryPlaces[range]), Int(networkPlaces[range]))
    }
}
