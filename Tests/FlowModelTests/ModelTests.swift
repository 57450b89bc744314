import FlowModel
import Testing

struct ModelTests {
    @Test func aWindowStartsAtAMultipleOfItsLengthBeforeAndAfterTheEpoch() {
        #expect(Window(containing: 125, length: 60).start == 120)
        #expect(Window(containing: -1, length: 60).start == -60)
        #expect(Window(containing: -60, length: 60).start == -60)
        #expect(Window.isValid(length: 60) && !Window.isValid(length: 61) && !Window.isValid(length: 7_200))
    }

    @Test func anEpochIsReadAsItIsWritten() {
        let epoch = Epoch(high: 1, low: .max)
        #expect(epoch.description == "0000000000000001ffffffffffffffff")
        #expect(Epoch(epoch.description) == epoch)
        #expect(Epoch("00") == nil)
    }

    @Test func theAccountIsConservedOnlyWhenEveryFrameIsInOneBin() {
        var account = CaptureAccount()
        account.received = 10
        account.aggregated = 4
        account.filtered = 3
        account.nonIP = 1
        account.malformed[.ipv4Short] = 2
        #expect(account.isConserved)
        account.nonIP = .max
        #expect(!account.isConserved)
    }

    @Test func aSignatureHasOneCanonicalForm() throws {
        let signature = HeaderSignature.syn(
            window: 65_535, optionKinds: [2, 4, 8], mss: 1_460, windowScale: 7, dontFragment: true, roundedTTL: 64)
        #expect(HeaderSignature(canonicalBytes: signature.canonicalBytes) == signature)
        #expect(HeaderSignature(canonicalBytes: [UInt8]()) == nil)
        #expect(HeaderSignature(canonicalBytes: signature.canonicalBytes.dropLast(4)) == nil)
        #expect(HeaderSignature.roundedTTL(33) == 64 && HeaderSignature.roundedTTL(129) == 255)
        #expect(HeaderSignature.lengthClass(payloadBytes: 0) == 0 && HeaderSignature.lengthClass(payloadBytes: 4) == 3)
    }

    @Test func fnvGivesItsPublishedValues() {
        #expect(FNV1a64.digest(of: []) == 0xCBF2_9CE4_8422_2325)
        #expect(FNV1a64.digest(of: Array("foobar".utf8)) == 0x8594_4171_F739_67E8)
    }

    @Test func aSignaturesIdentifierIsTheDigestOfItsCanonicalBytes() {
        let signatures: [HeaderSignature] = [
            .syn(window: 0xFACE, optionKinds: [], mss: 0, windowScale: 255, dontFragment: false, roundedTTL: 255),
            .syn(
                window: 1, optionKinds: Array(0..<40), mss: 0x1234, windowScale: 7, dontFragment: true, roundedTTL: 32),
            .udp(lengthClass: 0, payloadDigest: 0), .udp(lengthClass: 16, payloadDigest: 0x0123_4567_89AB_CDEF),
        ]
        for signature in signatures {
            #expect(signature.identifier == FNV1a64.digest(of: signature.canonicalBytes))
        }
    }
}
