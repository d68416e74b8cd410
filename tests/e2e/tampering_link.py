"""A forwarder between miner and pool that reads the pool's lines and may change them."""

import json
import socket
import threading


class TamperingLink:
    """Forwards connections to `port`. `change` gets each answer or notice of the pool, with the method that it answers
    or has itself, and returns what the miner is to read."""

    def __init__(self, port, change):
        self.port = port
        self.change = change
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"stratum+tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.listener.close()

    def _serve(self):
        while True:
            try:
                miner, _ = self.listener.accept()
                pool = socket.create_connection(("127.0.0.1", self.port))
            except OSError:
                return
            methods = {}
            for source, sink, look in ((miner, pool, self._note), (pool, miner, self._tamper)):
                threading.Thread(target=self._carry, args=(source, sink, look, methods), daemon=True).start()

    @staticmethod
    def _carry(source, sink, look, methods):
        with source.makefile("rb") as lines:
            try:
                for line in lines:
                    sink.sendall(look(line, methods))
            except (OSError, ValueError):
                pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _note(self, line, methods):
        request = json.loads(line)
        if "method" in request:
            methods[request["id"]] = request["method"]
            self.asked.append(request)
        return line

    def _tamper(self, line, methods):
        message = json.loads(line)
        method = message["method"] if "method" in message else methods.get(message["id"])
        return json.dumps(self.change(method, message)).encode() + b"\n"
