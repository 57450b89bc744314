"""A TCP relay on loopback whose path can be cut, stalled and slowed."""
import selectors
import socket
import threading
import time

CHUNK = 65536


class Proxy:
    """Relays connections to `target` (host, port). One thread owns the sockets; the methods may be called from any."""

    def __init__(self, target):
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._orders = []
        self._bytes_per_second = None
        self._stalled = False
        self.connections = 0
        self.relayed = 0
        self._wake, self._waken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self):
        """Resets every connection; new ones are accepted."""
        self._order("cut")

    def stall(self):
        """Nothing passes, and nobody is told: as a filter that drops."""
        self._order("stall")

    def resume(self):
        self._order("resume")

    def limit(self, bytes_per_second):
        """At most so many bytes pass in a second, both ways together; None: as many as can."""
        self._bytes_per_second = bytes_per_second

    def close(self):
        self._order("close")
        self._thread.join(10)

    def _order(self, what):
        with self._lock:
            self._orders.append(what)
        self._wake.send(b"!")

    def _run(self):
        selector = selectors.DefaultSelector()
        selector.register(self._listener, selectors.EVENT_READ)
        selector.register(self._waken, selectors.EVENT_READ)
        pairs = {}

        def drop(one):
            if one not in pairs:
                return
            other = pairs.pop(one)
            del pairs[other]
            for end in (one, other):
                if end in selector.get_map():
                    selector.unregister(end)
                # A reset, so that neither side waits for the other's last words.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                end.close()

        try:
            while True:
                for key, _ in selector.select(0.5):
                    end = key.fileobj
                    if end is self._waken:
                        end.recv(4096)
                    elif end is self._listener:
                        self._accept(selector, pairs)
                    elif end in pairs and not self._stalled:
                        if not self._relay(end, pairs[end]):
                            drop(end)
                with self._lock:
                    orders, self._orders = self._orders, []
                for order in orders:
                    if order == "cut":
                        for end in list(pairs):
                            drop(end)
                    elif order == "close":
                        for end in list(pairs):
                            drop(end)
                        return
                    else:
                        self._stalled = order == "stall"
                        for end in pairs:
                            # Not read while stalled, so that the kernels' buffers fill as on a dead path.
                            if self._stalled and end in selector.get_map():
                                selector.unregister(end)
                            elif not self._stalled and end not in selector.get_map():
                                selector.register(end, selectors.EVENT_READ)
        finally:
            self._listener.close()
            selector.close()

    def _accept(self, selector, pairs):
        try:
            near, _ = self._listener.accept()
        except OSError:
            return
        try:
            far = socket.create_connection(self.target, timeout=5)
        except OSError:
            near.close()
            return
        self.connections += 1
        for one, other in ((near, far), (far, near)):
            one.settimeout(30)
            pairs[one] = other
            if not self._stalled:
                selector.register(one, selectors.EVENT_READ)

    def _relay(self, source, target):
        try:
            data = source.recv(CHUNK if self._bytes_per_second is None else 1460)
            if not data:
                return False
            if self._bytes_per_second is not None:
                time.sleep(len(data) / self._bytes_per_second)
            target.sendall(data)
            self.relayed += len(data)
            return True
        except OSError:
            return False
