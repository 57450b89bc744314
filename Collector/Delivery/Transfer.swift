import CLibcurl
import FlowModel
import Glibc

/// Transfers to one receiver by libcurl, one after the other: a fresh handle, so that no connection, cookie or cached
/// name of another receiver is in it.
///
/// Owned by: the thread that made it; libcurl calls back on that thread, during `perform`.
final class Transfer {
    /// Bytes of an answer that are kept; a receiver that says more is cut off.
    static let answerLimit = 65_536

    let handle: UnsafeMutableRawPointer
    /// What is uploaded.
    var upload: [UInt8] = []
    /// Looks at every address before a connection to it is made.
    var addresses: AddressGuard?
    /// Why an address was refused.
    private(set) var refusal: String?
    private(set) var answer: [UInt8] = []
    /// The last command of a dialogue like SMTP's, in capitals, and the last line of the answer to it.
    private(set) var dialogue = (command: "", reply: "")
    private var isDialogueOver = false
    private var uploaded = 0
    private var isSound = true
    private let isStopped: @Sendable () -> Bool
    private let message: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []

    /// Before the first handle, and once in a process (curl_global_init(3)); 3 is CURL_GLOBAL_ALL.
    private static let isReady = curl_global_init(3) == CURLE_OK

    /// Nil without memory.
    init?(protocols: String, isStopped: @escaping @Sendable () -> Bool) {
        guard Transfer.isReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.isStopped = isStopped
        message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        set(CURLOPT_ERRORBUFFER, pointer: message)
        set(CURLOPT_PROTOCOLS_STR, protocols)
        set(CURLOPT_FOLLOWLOCATION, 0)
        // Not even one of the environment.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOSIGNAL, 1)
        // Ends without waiting for a resolver that still waits itself.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        setCallbacks()
    }

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
        message.deallocate()
    }

    func set(_ option: CURLoption, _ number: Int) { note(curl_set_number(handle, option, number)) }

    /// libcurl keeps a copy.
    func set(_ option: CURLoption, _ text: String) { note(text.withCString { curl_set_pointer(handle, option, $0) }) }

    func set(_ option: CURLoption, pointer: UnsafeRawPointer?) { note(curl_set_pointer(handle, option, pointer)) }

    func set(_ option: CURLoption, list texts: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts {
            guard let longer = curl_slist_append(list, text) else {
                isSound = false
                break
            }
            list = longer
        }
        if let list { lists.append(list) }
        set(option, pointer: list)
    }

    /// Sends bytes in a POST; libcurl keeps a copy.
    func setPost(_ bytes: [UInt8]) {
        set(CURLOPT_POSTFIELDSIZE, bytes.count)
        // Of no bytes there must be a pointer, too.
        note((bytes + [0]).withUnsafeBytes { curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) })
    }

    /// An option that libcurl does not take may be one that keeps strangers out: then nothing is transferred.
    private func note(_ code: CURLcode) { if code != CURLE_OK { isSound = false } }

    /// Does it, and again after other options were set.
    func perform() -> CURLcode {
        (refusal, answer, dialogue, isDialogueOver, uploaded) = (nil, [], ("", ""), false, 0)
        guard isSound else { return CURLE_FAILED_INIT }
        return withExtendedLifetime(self) { curl_easy_perform(handle) }
    }

    /// 0 before there is an answer.
    var responseCode: Int {
        var code = 0
        return curl_get_number(handle, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0
    }

    /// The socket of a connection that only was made; nil when there is none.
    var activeSocket: Int32? {
        var descriptor = 0
        let code = curl_get_number(handle, CURLINFO_LASTSOCKET, &descriptor)
        return code == CURLE_OK && descriptor >= 0 ? Int32(clamping: descriptor) : nil
    }

    /// Why `perform` did not succeed.
    func problem(_ code: CURLcode) -> String {
        if code == CURLE_ABORTED_BY_CALLBACK { return "the collector was stopped" }
        if let refusal, code == CURLE_COULDNT_CONNECT { return refusal }
        let own = String(cString: message)
        return Detail.line(own.isEmpty ? String(cString: curl_easy_strerror(code)) : own)
    }

    // MARK: What libcurl calls

    private func setCallbacks() {
        let me = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        let write: Write = { bytes, size, count, me in Transfer.of(me).take(bytes, size * count) }
        set(CURLOPT_WRITEFUNCTION, pointer: unsafeBitCast(write, to: UnsafeRawPointer.self))
        set(CURLOPT_WRITEDATA, pointer: me)
        let read: Write = { room, size, count, me in Transfer.of(me).give(room, size * count) }
        set(CURLOPT_READFUNCTION, pointer: unsafeBitCast(read, to: UnsafeRawPointer.self))
        set(CURLOPT_READDATA, pointer: me)
        let progress: curl_xferinfo_callback = { me, _, _, _, _ in Transfer.of(me).isStopped() ? 1 : 0 }
        set(CURLOPT_XFERINFOFUNCTION, pointer: unsafeBitCast(progress, to: UnsafeRawPointer.self))
        set(CURLOPT_XFERINFODATA, pointer: me)
        set(CURLOPT_NOPROGRESS, 0)
        let opening: curl_opensocket_callback = { me, _, place in Transfer.of(me).open(place) }
        set(CURLOPT_OPENSOCKETFUNCTION, pointer: unsafeBitCast(opening, to: UnsafeRawPointer.self))
        set(CURLOPT_OPENSOCKETDATA, pointer: me)
        let debug: curl_debug_callback = { _, kind, bytes, count, me in
            Transfer.of(me).overhear(kind, UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        }
        set(CURLOPT_DEBUGFUNCTION, pointer: unsafeBitCast(debug, to: UnsafeRawPointer.self))
        set(CURLOPT_DEBUGDATA, pointer: me)
    }

    private typealias Write = @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int

    private static func of(_ me: UnsafeMutableRawPointer?) -> Transfer {
        guard let me else { preconditionFailure("libcurl calls back with what it was given") }
        return Unmanaged<Transfer>.fromOpaque(me).takeUnretainedValue()
    }

    private func take(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        answer += UnsafeRawBufferPointer(start: bytes, count: count).prefix(Transfer.answerLimit - answer.count)
        return answer.count == Transfer.answerLimit ? 0 : count
    }

    private func give(_ room: UnsafeMutablePointer<CChar>?, _ size: Int) -> Int {
        let count = min(size, upload.count - uploaded)
        UnsafeMutableRawBufferPointer(start: room, count: size).copyBytes(from: upload[uploaded..<uploaded + count])
        uploaded += count
        return count
    }

    /// The address that is really connected to, whatever a name stood for a moment ago.
    private func open(_ place: UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t {
        guard let place, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return -1 }
        if let addresses {
            let bytes = UnsafeRawBufferPointer(
                start: UnsafeRawPointer(place) + offset, count: Int(place.pointee.addrlen))
            guard let address = SocketAddress.address(bytes) else { return -1 }
            if let reason = addresses.refusal(of: address) {
                refusal = reason
                return -1
            }
        }
        return socket(
            place.pointee.family, place.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), place.pointee.protocol)
    }

    private static let commands: Set<String> = ["EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"]

    /// Follows the dialogue up to its farewell. What is no command, such as a password, is not kept.
    private func overhear(_ kind: curl_infotype, _ bytes: UnsafeRawBufferPointer) {
        guard !isDialogueOver else { return }
        switch kind {
        case CURLINFO_HEADER_OUT:
            let word = String(decoding: bytes.prefix(8).prefix { $0 > 0x20 }, as: UTF8.self).uppercased()
            if word == "QUIT" {
                isDialogueOver = true
            } else if Transfer.commands.contains(word) {
                dialogue = (word, "")
            }
        case CURLINFO_HEADER_IN: dialogue.reply = Detail.line(Array(bytes.prefix { $0 != 0x0D && $0 != 0x0A }))
        default: break
        }
    }
}
