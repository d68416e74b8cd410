"""A pool that says what a test wants: just enough of the protocol to be logged in to."""

import json
import socket
import threading
import time


class FakePool:
    """Serves one connection after another on a loopback port; `lines` go out after each login."""

    def __init__(self, lines=(), refuse_login=False, refusal="no such account"):
        self.lines = list(lines)
        self.refuse_login = refuse_login
        self.refusal = refusal
        self.received = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"stratum+tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("r", encoding="utf-8") as stream:
                try:
                    self._talk(connection, stream)
                except OSError:
                    pass

    def _talk(self, connection, stream):
        for line in stream:
            request = json.loads(line)
            self.received.append(request)
            answers = [self._answer(request)]
            if request["method"] == "mining.authorize" and not self.refuse_login:
                answers += self.lines
            for answer in answers:
                text = answer if isinstance(answer, str) else json.dumps(answer)
                connection.sendall(text.encode() + b"\n")

    def _answer(self, request):
        now = int(time.time() * 1e6)
        method, number = request["method"], request["id"]
        if method == "mining.subscribe":
            result = [[["mining.set_difficulty", "1"], ["mining.notify", "1"]], "", 8,
                      {"resume": "", "resumed": False, "acked": 0, "server_us": now,
                       "limits": {"line": 16384, "batch": 64, "leases": 16, "rate": 1000}}]
        elif method == "mining.authorize" and self.refuse_login:
            return {"id": number, "result": None, "error": [24, self.refusal, {"reason": "account"}]}
        elif method == "mining.time":
            result = {"c0": request["params"]["c0"], "s1": now, "s2": now}
        elif method == "mining.ping":
            result = {"acked": 0, "server_us": now}
        else:
            result = True
        return {"id": number, "result": result, "error": None}


def announcement(**changes):
    """A good announcement of a sprint in 20 s, with changes."""
    now = int(time.time() * 1e6)
    params = {"sprint": "s-1", "pool": "fake", "profile": [2, 128, 256], "model_seed": "11" * 32,
              "identity": "alice", "t0": now + 20_000_000, "t_end": now + 40_000_000,
              "commitment": "22" * 32, "beacon": "none"}
    params.update(changes)
    return {"id": None, "method": "sprint.announce", "params": params}
