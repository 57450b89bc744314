import Testing

@testable import Cryptography

struct ScryptTests {
    /// RFC 7914 §12; the fourth vector takes 1 GiB, which is more than we allow.
    @Test(arguments: [
        (
            "", "", 4, 1, 1,
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
        ),
        (
            "password", "NaCl", 10, 8, 16,
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        ),
        (
            "pleaseletmein", "SodiumChloride", 14, 8, 1,
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    ])
    func keysAreThoseOfTheStandard(
        _ password: String, _ salt: String, logN: Int, r: Int, p: Int, _ digits: String
    ) throws {
        let key = try #require(Scrypt(logN: logN, r: r, p: p))
            .key(password: Array(password.utf8), salt: Array(salt.utf8), count: 64)
        #expect(key?.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == digits)
    }

    @Test func everyByteOfAPasswordCounts() throws {
        let scrypt = try #require(Scrypt(logN: 1, r: 1, p: 1))
        // HMAC pads keys with zeros, so only zeros at the end do not count.
        let keys = [[1, 0, 2], [1], [1, 0, 3], [2, 1], []].map { scrypt.key(password: $0, salt: [], count: 16) }
        #expect(Set(keys).count == 5 && !keys.contains(nil))
    }

    @Test(arguments: [
        (0, 8, 1), (21, 8, 1), (17, 0, 1), (17, 8, 0), (17, 33, 1), (17, 8, 17), (16, 1, 1), (18, 16, 1), (19, 8, 1),
        (.max, 8, 1), (17, .max, 1), (17, 8, .max), (.min, .min, .min),
    ])
    func costsThatNobodyShouldPayAreRefused(logN: Int, r: Int, p: Int) {
        #expect(Scrypt(logN: logN, r: r, p: p) == nil)
    }

    @Test func theLargestCostsCanBePaid() throws {
        #expect(try #require(Scrypt(logN: 18, r: 8, p: 1)).key(password: [1], salt: [2], count: 32)?.count == 32)
    }
}
