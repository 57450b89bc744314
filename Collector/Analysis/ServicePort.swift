/// A class and a service port.
package struct ServicePort: Sendable, Hashable, Comparable {
    package let trafficClass: Int16
    package let number: Int32

    package init(trafficClass: Int16, number: Int32) {
        self.trafficClass = trafficClass
        self.number = number
    }

    package static func < (left: ServicePort, right: ServicePort) -> Bool {
        (left.trafficClass, left.number) < (right.trafficClass, right.number)
    }
}
