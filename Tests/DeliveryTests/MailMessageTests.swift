import Alerts
import Testing

@testable import Delivery

struct MailMessageTests {
    private static let key = "0f8fad5b-d9cb-469f-a165-70867728950e"

    private func shipment(_ text: String = "Hello\n", _ documents: [NoticeDocument] = []) -> Shipment {
        Shipment(
            key: MailMessageTests.key, notice: "n", madeAt: 1_796_011_334_123, contact: 1, target: "a@city.example",
            reader: "Desk", subject: "Two hosts", text: text, documents: documents)
    }

    private func mail(_ shipment: Shipment) throws -> String {
        let sender = MailSender(
            address: try #require(MailAddress("d@sender.example")), name: "Darkscope",
            replies: MailAddress("c@sender.example"))
        return String(
            decoding: MailMessage(shipment, to: try #require(MailAddress(shipment.target)), from: sender).bytes,
            as: UTF8.self)
    }

    @Test func aMailOfPlainText() throws {
        #expect(
            try mail(shipment()) == """
                Date: Mon, 30 Nov 2026 04:02:14 +0000\r
                From: Darkscope <d@sender.example>\r
                Reply-To: <c@sender.example>\r
                To: Desk <a@city.example>\r
                Subject: Two hosts\r
                Message-ID: <0f8fad5b-d9cb-469f-a165-70867728950e@sender.example>\r
                X-Darkscope-Key: 0f8fad5b-d9cb-469f-a165-70867728950e\r
                X-Darkscope-Notice: n\r
                Auto-Submitted: auto-generated\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: 7bit\r
                \r
                Hello\r
                \r

                """)
    }

    @Test func linesThatAreLongOrNotOfASCIIGoInBase64() throws {
        for text in ["こんにちは", String(repeating: "x", count: 901), "a\u{0}b", "a\u{7F}"] {
            let mail = try mail(shipment(text))
            #expect(mail.contains("Content-Transfer-Encoding: base64\r\n"))
            #expect(mail.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
        }
    }

    @Test func everyCopyIsTheSameAndABodyCannotEndAPart() throws {
        let hostile = shipment(
            "--=_darkscope_x\r\n\r\n.\r\nQUIT\r\n",
            [NoticeDocument(name: "a\"\r\nX: y.csv", mediaType: "text/csv\r\nX: y", bytes: Array("a,b\n".utf8))])
        let mail = try mail(hostile)
        #expect(try mail == self.mail(hostile))
        #expect(!mail.contains("\r\nX: y"))
        #expect(mail.split(separator: "--=_darkscope_\(MailMessageTests.key)").count == 4)
        #expect(mail.contains("Content-Disposition: attachment;\r\n filename=\"a___X__y.csv\"\r\n"))
        #expect(mail.contains("Content-Type: application/octet-stream\r\n"))
    }

    @Test func whatIsTooLargeIsLeftOutAndNamed() throws {
        let large = NoticeDocument(
            name: "large.csv", mediaType: "text/csv",
            bytes: [UInt8](repeating: 0x61, count: MailMessage.attachmentLimit))
        let small = NoticeDocument(name: "small.csv", mediaType: "text/csv", bytes: [0x61])
        #expect(MailMessage.fitting([large, small]).documents == [small])
        #expect(MailMessage.fitting([large, small]).left == ["large.csv"])
        #expect(
            try mail(shipment("Hello", [large, small])).contains("(large.csv is too large for a mail. Ask for it.)"))
    }

    @Test func manyDocumentsOfJSONBecomeOne() {
        let documents = (1...700).map {
            NoticeDocument(name: "\($0).json", mediaType: "application/json", bytes: Array("{\"n\":\($0)}\n".utf8))
        }
        let (fitting, left) = MailMessage.fitting(documents)
        #expect(fitting.map(\.name) == ["1.json"] && left == [])
        let text = String(decoding: fitting[0].bytes, as: UTF8.self)
        #expect(text.hasPrefix("[\n{\"n\":1}\n,\n{\"n\":2}") && text.hasSuffix("{\"n\":700}\n\n]\n"))
        #expect(MailMessage.fitting(Array(documents.prefix(50))).documents.count == 50)
    }

    @Test func base64HasLinesOfSeventySixCharacters() {
        let start = String(repeating: "+//+", count: 19)
        let lines = Base64.lines([UInt8]((0..<58).map { [0xFB, 0xFF, 0xFE][$0 % 3] }))
        #expect(String(decoding: lines, as: UTF8.self) == "\(start)\r\n+w==\r\n")
        #expect(Base64.lines([]) == [])
    }

    @Test func timesOfAllYearsAreWritten() {
        #expect(DateText.mail(0) == "Thu, 1 Jan 1970 00:00:00 +0000")
        #expect(DateText.mail(.min) == DateText.mail(0))
    }
}
