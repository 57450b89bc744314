import Testing

@testable import darkscope

@Suite struct BytesTextTests {
    @Test(
        arguments: [
            (0, "0 B"), (-1, "0 B"), (1_023, "1023 B"), (1_024, "1.00 KiB"), (1_500, "1.46 KiB"),
            (15_298_000, "14.6 MiB"),
            (156_766_000_000, "146 GiB"), (10_737, "10.5 KiB"), (.max, "8.00 EiB"),
        ] as [(Int64, String)])
    func bytesAreShownInTheLargestUnitTheyFill(bytes: Int64, text: String) {
        #expect(BytesText.short(bytes) == text)
    }
}
