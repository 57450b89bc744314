/// The version of every Darkscope program of this build: semantic versioning, at most 32 ASCII characters.
package enum Version {
    package static let text = "0.1.0"
}
