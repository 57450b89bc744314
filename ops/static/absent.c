// What the static archives refer to and a sensor never uses: of libzmq the transports pgm:// and norm:// and the
// security mechanism GSSAPI, of libpcap the capture of D-Bus messages, of swift-argument-parser its help as JSON.
// ops/build-sensor links these functions instead of the libraries. Each answers as the library does when it cannot do
// what it is asked; only what every context of libzmq calls succeeds.
//
// The linker matches by name alone: parameters are not declared, and the caller's arguments stay unread.

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// OpenPGM: https://github.com/steve-o/openpgm, pgm/socket.h, pgm/engine.h. False is failure.

// Starts the library. Every context of libzmq does this and fails without it: true.
int pgm_init(void) { return 1; }
// Ends the library, as every context of libzmq does: true.
int pgm_shutdown(void) { return 1; }
// Resolves an address of a transport: false, nothing is resolved.
int pgm_getaddrinfo(void) { return 0; }
// Frees what pgm_getaddrinfo made, which is nothing.
void pgm_freeaddrinfo(void) {}
// Frees an error, of which none is made.
void pgm_error_free(void) {}
// Frees memory of the library, of which there is none.
void pgm_free(void) {}
// Makes a source identifier: false.
int pgm_gsi_create_from_data(void) { return 0; }
// Makes a socket: false.
int pgm_socket(void) { return 0; }
// Binds a socket: false.
int pgm_bind3(void) { return 0; }
// Connects a socket: false.
int pgm_connect(void) { return 0; }
// Closes a socket: false, there was none.
int pgm_close(void) { return 0; }
// Reads an option of a socket: false.
int pgm_getsockopt(void) { return 0; }
// Sets an option of a socket: false.
int pgm_setsockopt(void) { return 0; }
// Sends: PGM_IO_STATUS_ERROR.
int pgm_send(void) { return 0; }
// Receives: PGM_IO_STATUS_ERROR.
int pgm_recvmsgv(void) { return 0; }

// NORM: https://github.com/USNavalResearchLaboratory/norm, normApi.h.

// The handle of no instance.
const void *const NORM_INSTANCE_INVALID = 0;
// The handle of no session.
const void *const NORM_SESSION_INVALID = 0;
// The handle of no object.
const void *const NORM_OBJECT_INVALID = 0;
// The identifier that stands for any node.
const unsigned NORM_NODE_ANY = 0xffffffff;
// Makes an instance: none.
const void *NormCreateInstance(void) { return 0; }
// Ends the threads of an instance, which has none.
void NormStopInstance(void) {}
// Destroys an instance, of which there is none.
void NormDestroyInstance(void) {}
// The descriptor that events make readable: none.
int NormGetDescriptor(void) { return -1; }
// Takes the next event: false, there is none.
int NormGetNextEvent(void) { return 0; }
// Makes a session: none.
const void *NormCreateSession(void) { return 0; }
// Destroys a session, of which there is none.
void NormDestroySession(void) {}
// A number for a session: one that is not random.
unsigned short NormGetRandomSessionId(void) { return 0; }
// Whether a text is a unicast address: false, it is not examined.
int NormIsUnicastAddress(void) { return 0; }
// Starts to send: false.
int NormStartSender(void) { return 0; }
// Starts to receive: false.
int NormStartReceiver(void) { return 0; }
// Ends sending, which did not start.
void NormStopSender(void) {}
// Ends receiving, which did not start.
void NormStopReceiver(void) {}
// Sets the hops of multicast: false.
int NormSetTTL(void) { return 0; }
// Shares the port of reception, for no session.
void NormSetRxPortReuse(void) {}
// Chooses the interface of multicast: false.
int NormSetMulticastInterface(void) { return 0; }
// Hears what it sends itself: false.
int NormSetLoopback(void) { return 0; }
// Answers losses by unicast, in no session.
void NormSetDefaultUnicastNack(void) {}
// How a late receiver begins, in no session.
void NormSetDefaultSyncPolicy(void) {}
// Controls congestion, in no session.
void NormSetCongestionControl(void) {}
// Opens a stream: none.
const void *NormStreamOpen(void) { return 0; }
// Writes into a stream: no byte.
unsigned NormStreamWrite(void) { return 0; }
// Reads from a stream: false.
int NormStreamRead(void) { return 0; }
// Sends what a stream holds, which is nothing.
void NormStreamFlush(void) {}
// Finds the start of a message: false.
int NormStreamSeekMsgStart(void) { return 0; }
// What kind an object is: NORM_OBJECT_NONE.
int NormObjectGetType(void) { return 0; }
// What the caller keeps with an object: nothing.
const void *NormObjectGetUserData(void) { return 0; }
// Keeps something with an object, of which there is none.
void NormObjectSetUserData(void) {}
// Forgets a remote node, of which there is none.
void NormNodeDelete(void) {}

// GSSAPI: RFC 2744. Every function that a mechanism would serve answers GSS_S_UNAVAILABLE.

enum { gss_unavailable = 16 << 16 };

// The name type of a user's name: none.
void *GSS_C_NT_USER_NAME = 0;
// The name type of a service on a host: none.
void *GSS_C_NT_HOSTBASED_SERVICE = 0;
// Reads a name: unavailable.
unsigned gss_import_name(void) { return gss_unavailable; }
// Shows a name: unavailable.
unsigned gss_display_name(void) { return gss_unavailable; }
// Frees a name: unavailable, there is none.
unsigned gss_release_name(void) { return gss_unavailable; }
// Takes credentials: unavailable.
unsigned gss_acquire_cred(void) { return gss_unavailable; }
// Frees credentials: unavailable, there are none.
unsigned gss_release_cred(void) { return gss_unavailable; }
// Begins a security context: unavailable.
unsigned gss_init_sec_context(void) { return gss_unavailable; }
// Accepts a security context: unavailable.
unsigned gss_accept_sec_context(void) { return gss_unavailable; }
// Ends a security context: unavailable, there is none.
unsigned gss_delete_sec_context(void) { return gss_unavailable; }
// Protects a message: unavailable.
unsigned gss_wrap(void) { return gss_unavailable; }
// Opens a protected message: unavailable.
unsigned gss_unwrap(void) { return gss_unavailable; }
// Frees a buffer: unavailable, none was made.
unsigned gss_release_buffer(void) { return gss_unavailable; }

// D-Bus: https://dbus.freedesktop.org/doc/api/html. False is failure, a null pointer no object.

// Connects to a bus: none. libpcap then shows an error without a text.
void *dbus_bus_get(void) { return 0; }
// Registers with a bus: false.
int dbus_bus_register(void) { return 0; }
// Subscribes to messages, on no bus.
void dbus_bus_add_match(void) {}
// Opens a connection: none.
void *dbus_connection_open(void) { return 0; }
// Gives back a connection, of which there is none.
void dbus_connection_unref(void) {}
// Bounds the bytes that wait, on no connection.
void dbus_connection_set_max_received_size(void) {}
// Sends a message: false.
int dbus_connection_send(void) { return 0; }
// Sends what waits, which is nothing.
void dbus_connection_flush(void) {}
// Reads and writes: false, as when the connection is closed.
int dbus_connection_read_write(void) { return 0; }
// Takes a message: none.
void *dbus_connection_pop_message(void) { return 0; }
// Whether a message is a signal of that name: false.
int dbus_message_is_signal(void) { return 0; }
// Turns a message into bytes: false.
int dbus_message_marshal(void) { return 0; }
// Turns bytes into a message: none.
void *dbus_message_demarshal(void) { return 0; }
// Gives back a message, of which there is none.
void dbus_message_unref(void) {}
// Whether an error is set: false.
int dbus_error_is_set(void) { return 0; }
// Frees the text of an error, which has none.
void dbus_error_free(void) {}
// Frees memory of the library, of which there is none.
void dbus_free(void) {}

// FoundationEssentials: what swift-argument-parser calls, by mangled name, for the option --experimental-dump-help. The
// first call ends the program with EX_UNAVAILABLE of sysexits.h. See absent.swift.

static void refuse_json(void) {
    static const char text[] = "darkscope-sensor: help as JSON is not in the sensor of one file. Use --help\n";
    // Nothing can be done when standard error takes nothing.
    (void)!write(STDERR_FILENO, text, strlen(text));
    exit(69);
}

#define REFUSES_JSON(name, symbol) \
    void name(void) __asm__(symbol); \
    void name(void) { refuse_json(); }

// The type JSONEncoder.
REFUSES_JSON(json_encoder_type, "$s20FoundationEssentials11JSONEncoderCMa")
// JSONEncoder.init()
REFUSES_JSON(json_encoder_init, "$s20FoundationEssentials11JSONEncoderCACycfc")
// JSONEncoder.OutputFormatting.sortedKeys
REFUSES_JSON(json_sorted_keys, "$s20FoundationEssentials11JSONEncoderC16OutputFormattingV10sortedKeysAEvau")
// JSONEncoder.OutputFormatting.prettyPrinted
REFUSES_JSON(json_pretty_printed, "$s20FoundationEssentials11JSONEncoderC16OutputFormattingV13prettyPrintedAEvau")
// String.init(data:encoding:)
REFUSES_JSON(json_string, "$sSS20FoundationEssentialsE4data8encodingSSSgAA4DataVh_SSAAE8EncodingVtcfC")
// String.Encoding.utf8
REFUSES_JSON(json_utf8, "$sSS20FoundationEssentialsE8EncodingV4utf8ACvau")
