import Aggregation
import FlowModel
import Glibc
import Testing

@testable import Capture

struct FileSourceTests {
    private static let packets: [(seconds: UInt32, fraction: UInt32, bytes: [UInt8])] = (0..<150).map {
        (1_000 + UInt32($0), UInt32($0) * 7, Array(repeating: UInt8($0), count: 20 + $0))
    }

    /// Times and lengths of all packets, and the error that ended the file.
    private func read(_ path: String) throws -> (times: [(Int64, UInt32)], lengths: [Int], error: CaptureError?) {
        let source = try FileSource(path: path)
        let batch = PacketBatch()
        var times: [(Int64, UInt32)] = []
        var lengths: [Int] = []
        do {
            while try source.fill(batch) {
                for index in 0..<batch.count {
                    let header = batch.header(index)
                    times.append((header.seconds, header.nanoseconds))
                    lengths.append(Int(header.available))
                }
            }
            return (times, lengths, nil)
        } catch {
            return (times, lengths, error)
        }
    }

    @Test(arguments: [false, true], [false, true])
    func everyClassicFormIsRead(_ isBigEndian: Bool, _ isNanoseconds: Bool) throws {
        let directory = try TemporaryDirectory()
        let form = PcapBytes(isBigEndian: isBigEndian, isNanoseconds: isNanoseconds)
        let result = try read(try directory.write("a.pcap", form.file(Self.packets)))
        #expect(result.error == nil)
        #expect(result.lengths == Self.packets.map(\.bytes.count))
        let unit: UInt32 = isNanoseconds ? 1 : 1_000
        #expect(result.times.map(\.0) == Self.packets.map { Int64($0.seconds) })
        #expect(result.times.map(\.1) == Self.packets.map { $0.fraction * unit })
    }

    @Test func aFileCutAnywhereGivesEveryWholePacketAndSaysWhereItBroke() throws {
        let directory = try TemporaryDirectory()
        let packets = Array(Self.packets.prefix(3))
        let whole = PcapBytes().file(packets)
        var ends = [24]
        for packet in packets { ends.append((ends.last ?? 0) + 16 + packet.bytes.count) }
        for length in 24...whole.count {
            let result = try read(try directory.write("cut.pcap", Array(whole[..<length])))
            #expect(result.lengths.count == ends.count { $0 <= length } - 1)
            #expect((result.error == nil) == ends.contains(length))
            if let error = result.error {
                #expect(error.kind == .damaged && error.cause.contains("at byte \(length)"))
            }
        }
    }

    @Test func whatIsNoCaptureIsRefusedWithARemedy() throws {
        let directory = try TemporaryDirectory()
        for bytes: [UInt8] in [[], [1, 2, 3], Array(repeating: 0x20, count: 100)] {
            let path = try directory.write("x", bytes)
            let error = #expect(throws: CaptureError.self) { _ = try FileSource(path: path) }
            #expect(error?.kind == .damaged)
        }
        let missing = #expect(throws: CaptureError.self) { _ = try FileSource(path: directory.path + "/none") }
        #expect(missing?.kind == .unreadable)
        let folder = #expect(throws: CaptureError.self) { _ = try FileSource(path: directory.path) }
        #expect(folder?.kind == .unreadable)
    }

    @Test func aCompressedFileIsReadLikeAPlainOne() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("b.pcap", PcapBytes().file(Self.packets))
        let child = try gzip(path)
        #expect(child == 0)
        let result = try read(path + ".gz")
        #expect(result.error == nil && result.lengths.count == Self.packets.count)
    }

    private func gzip(_ path: String) throws -> Int32 {
        var identifier: pid_t = 0
        let words: [UnsafeMutablePointer<CChar>?] = ["gzip", path].map { (word: String) in strdup(word) }
        defer { for word in words { free(word) } }
        #expect(posix_spawnp(&identifier, "gzip", nil, nil, words + [nil], environ) == 0)
        var status: Int32 = 0
        waitpid(identifier, &status, 0)
        return status
    }
}
