import ArgumentParser
import Messaging
import Runtime

/// Where the public key of a sensor comes from.
struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The sensor's CURVE public key, 64 hexadecimal digits.", valueName: "hex"),
        transform: RegistryText.publicKey)
    var publicKey: CurveKey?

    @Option(help: ArgumentHelp("File with the public key.", valueName: "file"))
    var publicKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "Make a new key pair: the secret key into this file (mode 0600), the public key beside it in FILE.pub.",
            valueName: "file"))
    var keyFile: String?

    func validate() throws {
        let given = [publicKey != nil, publicKeyFile != nil, keyFile != nil].count { $0 }
        guard given == 1 else {
            throw ValidationError("Give exactly one of --public-key, --public-key-file and --key-file.")
        }
    }

    /// Reads the public key, or makes the pair.
    func obtain() throws(ProgramError) -> CurveKey {
        if let keyFile { return try NewKey.create(keyFile).publicKey }
        if let publicKey { return publicKey }
        do throws(MessagingError) {
            return try KeyFile.readPublicKey(path: publicKeyFile ?? "")
        } catch {
            throw ProgramError(.data, error.description)
        }
    }

    /// Runs `register`. When it fails and a pair was made for it, the files stay and the error says how to go on.
    func keepingNewKey(toGoOn command: String, _ register: () throws -> Void) throws {
        do {
            try register()
        } catch {
            guard let keyFile, let failure = ProgramError.ending(with: error) else { throw error }
            let publicFile = NewKey.publicPath(keyFile)
            throw ProgramError(
                failure.code,
                "\(failure.message.sentence) The new key is in \(keyFile) and \(publicFile) and not registered. To go on: "
                    + "\(command) --public-key-file \(publicFile.shellWord)")
        }
    }

    func tellWhereTheSecretIs() {
        guard let keyFile else { return }
        print(
            "Its secret key is in \(keyFile.safe): move it to the sensor, where secret_key_file of sensor.toml names it."
        )
    }

    static func inUse(_ key: CurveKey, by sensor: String) -> ProgramError {
        ProgramError(
            .failure,
            "the key \(key) belongs to \(sensor), or did before it was revoked. Make another: "
                + "darkscope keys new --key-file FILE")
    }
}

/// A key pair on disk.
enum NewKey {
    static func publicPath(_ secretPath: String) -> String { secretPath + ".pub" }

    /// Makes a pair: the secret key in `path`, the public key in `path`.pub. Files that exist are left alone.
    static func create(_ path: String) throws(ProgramError) -> CurveKeyPair {
        do throws(MessagingError) {
            return try KeyFile.create(secretPath: path, publicPath: publicPath(path))
        } catch {
            throw ProgramError(.cannotCreate, error.description)
        }
    }
}
