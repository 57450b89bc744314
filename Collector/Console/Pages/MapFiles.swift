import Alerts
import SystemCalls

/// What maps are drawn with, read once at the start: the outlines of countries, which the operator makes, and a place of each
/// country for circles, which Debian's tzdata has. Both may be missing: pages then have less of a map.
struct MapFiles: Sendable {
    /// Where Debian's package tzdata has a place of every country.
    static let standardPlaces = "/usr/share/zoneinfo/zone.tab"
    private static let longestLand = 16 << 20
    private static let longestPlaces = 1 << 20

    /// GeoJSON; without features when there are none, and then `why` says so and what to do.
    let land: [UInt8]
    /// JSON: by ISO 3166 code, latitude and longitude in degrees; or why there is none.
    let points: Result<[UInt8], Problem>

    /// - Parameter land: the file that the operator names; nil for none.
    init(land: String?, places: String = MapFiles.standardPlaces) {
        self.land = MapFiles.land(land)
        points = MapFiles.points(places)
    }

    private static func land(_ path: String?) -> [UInt8] {
        func none(_ why: String) -> [UInt8] {
            let remedy =
                "Make it with ops/console/land FOLDER, name the file in console.land, and start the console anew"
            return Array(
                JSONValue.members([
                    "type": .string("FeatureCollection"), "features": .array([]), "why": .string("\(why). \(remedy)"),
                ]).line.utf8)
        }
        guard let path else { return none("There are no outlines of countries") }
        do throws(SystemError) {
            let content = try readFile(path, limit: longestLand)
            guard content.starts(with: Array("{\"type\":\"FeatureCollection\"".utf8)) else {
                return none("\(path) is no file of outlines")
            }
            return content
        } catch {
            return none("\(error)")
        }
    }

    private static func points(_ path: String) -> Result<[UInt8], Problem> {
        let text: String
        do throws(SystemError) {
            text = String(decoding: try readFile(path, limit: longestPlaces), as: UTF8.self)
        } catch {
            return .failure(.notFound("\(error). Install Debian's: apt-get install -y --no-install-recommends tzdata"))
        }
        var points: [(name: String, value: JSONValue)] = []
        var known: Set<String> = []
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: "\t")
            // Of the places of a country the first has the most people (zone.tab's own words).
            guard fields.count >= 3, fields[0].utf8.count == 2, let place = degrees(fields[1]),
                known.insert(String(fields[0])).inserted
            else { continue }
            points.append((String(fields[0]), .array([.decimal("\(place.latitude)"), .decimal("\(place.longitude)")])))
        }
        guard !points.isEmpty else { return .failure(.notFound("\(path) has no places of countries")) }
        return .success(Array(JSONValue.object(points).line.utf8))
    }

    /// ISO 6709 as zone.tab writes it: ±DDMM±DDDMM or ±DDMMSS±DDDMMSS.
    static func degrees(_ text: Substring) -> (latitude: Double, longitude: Double)? {
        let bytes = Array(text.utf8)
        guard let split = bytes.indices.dropFirst().first(where: { bytes[$0] == 0x2B || bytes[$0] == 0x2D }) else {
            return nil
        }
        func part(_ bytes: ArraySlice<UInt8>, degrees count: Int) -> Double? {
            let digits = bytes.dropFirst()
            guard let sign = bytes.first, sign == 0x2B || sign == 0x2D,
                digits.allSatisfy({ (0x30...0x39).contains($0) }),
                digits.count == count + 2 || digits.count == count + 4
            else { return nil }
            func number(_ digits: ArraySlice<UInt8>) -> Double { digits.reduce(0) { $0 * 10 + Double($1 - 0x30) } }
            let minutes = number(digits.dropFirst(count).prefix(2))
            let value = number(digits.prefix(count)) + minutes / 60 + number(digits.dropFirst(count + 2)) / 3_600
            let rounded = (value * 1_000).rounded() / 1_000
            return sign == 0x2D ? -rounded : rounded
        }
        guard let latitude = part(bytes[..<split], degrees: 2), let longitude = part(bytes[split...], degrees: 3),
            abs(latitude) <= 90, abs(longitude) <= 180
        else { return nil }
        return (latitude, longitude)
    }
}
