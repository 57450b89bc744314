/// What is made of the evidence of an alert.
package struct Verdict: Sendable, Hashable {
    /// `.none` unless it is reportable.
    package var finding: Finding
    package var severity: Grade
    package var confidence: Grade
    /// What finding and confidence rest on, in English words; no site, sensor or dark address is named. They hold no number
    /// that grows with every packet.
    package var reasons: [String]
    /// Whether the organisation is to hear of it.
    package var isReportable: Bool
    /// Why it is not to, however much there is: `allowed` or the name of a known scanner.
    package var label: String?

    package init(
        finding: Finding, severity: Grade, confidence: Grade, reasons: [String], isReportable: Bool,
        label: String? = nil
    ) {
        self.finding = finding
        self.severity = severity
        self.confidence = confidence
        self.reasons = reasons
        self.isReportable = isReportable
        self.label = label
    }
}
