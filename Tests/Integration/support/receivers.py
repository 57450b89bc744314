"""Who notices go to: mail, web and syslog servers that keep what they get, and can be told to misbehave."""
import collections
import email
import email.header
import email.policy
import http.server
import pathlib
import socket
import ssl
import subprocess
import threading

from .ports import free_port
from .requirements import need
from .waiting import until

try:
    import aiosmtpd.controller
    import aiosmtpd.smtp
except ImportError:
    aiosmtpd = None


class MailServer:
    """aiosmtpd. `answers` maps recipients to what RCPT is answered, `verdict` is what DATA is."""

    def __init__(self, port=None, **more):
        need(aiosmtpd, "aiosmtpd is not there: apt-get install python3-aiosmtpd")
        self.messages, self.envelopes, self.answers, self.verdict = [], [], {}, "250 2.0.0 taken"
        self.port = port or free_port()
        self._more = more
        self._controller = None

    def start(self):
        self._controller = aiosmtpd.controller.Controller(
            self, hostname="127.0.0.1", port=self.port, server_hostname="mail.test", **self._more)
        self._controller.start()
        return self

    def stop(self):
        if self._controller:
            self._controller.stop()
            self._controller = None

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answers.get(address, "250 2.1.5 fine")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        if self.verdict.startswith("250"):
            self.envelopes.append(envelope)
            self.messages.append(email.message_from_bytes(envelope.original_content, policy=email.policy.default))
        return self.verdict

    def keys(self):
        return [message["X-Darkscope-Key"] for message in self.messages]

    def texts(self, name):
        """A header of all messages as people read it, by RFC 2047; Python's parser of addresses splits long names."""
        return [str(email.header.make_header(email.header.decode_header(
            email.message_from_bytes(envelope.original_content)[name].replace("\r\n", "")))) for envelope in self.envelopes]


Request = collections.namedtuple("Request", "headers body")


class WebServer:
    """Answers every POST as `answer(request)` says: a status, or bytes to be sent as they are, or nothing."""

    def __init__(self, answer=None):
        self.requests, self.answer = [], answer or (lambda request: 200)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                request = Request(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append(request)
                answer = outer.answer(request)
                if isinstance(answer, int):
                    self.send_response(answer)
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"ok")
                elif answer is not None:
                    self.wfile.write(answer)
                    self.close_connection = True
                else:
                    self.close_connection = True

            def do_GET(self):
                outer.requests.append(Request(self.headers, b""))
                self.send_error(404)

            def log_message(self, *arguments):
                pass

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, host="127.0.0.1"):
        return f"http://{host}:{self.port}/hook"

    def keys(self):
        return [request.headers["Idempotency-Key"] for request in self.requests]

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class LineServer:
    """TLS: keeps all bytes of all connections."""

    def __init__(self, certificate, key):
        self.bytes = b""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

        def serve():
            while True:
                try:
                    with context.wrap_socket(self._listener.accept()[0], server_side=True) as connection:
                        while part := connection.recv(65536):
                            self.bytes += part
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()

    def stop(self):
        self._listener.close()


class Rsyslog:
    """rsyslog as a process of the test's own: every message as a line of its fields."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.udp, self.tcp = free_port(socket.SOCK_DGRAM), free_port()
        self.file = self.folder / "messages"
        fields = "|".join(f"%{name}%" for name in (
            "pri", "protocol-version", "timestamp:::date-rfc3339", "hostname", "app-name", "procid", "msgid",
            "structured-data", "msg"))
        config = self.folder / "rsyslog.conf"
        config.write_text(f"""
            global(workDirectory="{self.folder}" maxMessageSize="16k")
            module(load="imudp") module(load="imtcp")
            template(name="fields" type="string" string="{fields}\\n")
            input(type="imudp" address="127.0.0.1" port="{self.udp}")
            input(type="imtcp" address="127.0.0.1" port="{self.tcp}")
            action(type="omfile" file="{self.file}" template="fields")
        """)
        try:
            self._process = subprocess.Popen(
                ["rsyslogd", "-n", "-f", str(config), "-i", str(self.folder / "rsyslog.pid")],
                stdout=open(self.folder / "rsyslog.out", "wb"), stderr=subprocess.STDOUT)
        except FileNotFoundError:
            need(None, "rsyslogd is not there: apt-get install rsyslog")

        def is_up():
            assert self._process.poll() is None, (self.folder / "rsyslog.out").read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.tcp)) == 0

        until(is_up, 20, "rsyslogd")

    def lines(self):
        return self.file.read_text().splitlines() if self.file.exists() else []

    def stop(self):
        self._process.terminate()
        self._process.wait(20)


def certificate(folder, name="localhost"):
    """(certificate, key) for a name and 127.0.0.1, signed by itself."""
    folder = pathlib.Path(folder)
    made = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1", "-out", made[0], "-keyout", made[1]],
        check=True, capture_output=True)
    return made
