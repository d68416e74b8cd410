"""A headless Chromium for the end-to-end tests, spoken to by its DevTools protocol over a pipe."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from programs import PATIENCE

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-extensions", "--hide-scrollbars", "--window-size=1100,1000", "about:blank")


def installed():
    """The program's path; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page in a browser of its own. What the page asked for, and what went wrong in it, is kept."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.requests = []  # addresses
        self.faults = []    # of scripts, of the policy, of what could not be loaded
        self.last = 0
        self.buffer = b""
        commands, self.to = os.pipe()
        self.come, answers = os.pipe()
        # Out of the way of 3 and 4, where the browser looks.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (commands, answers)]

        def place():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen([installed(), f"--user-data-dir={self.folder.name}", *FLAGS], preexec_fn=place,
                                        close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        for end in (commands, answers, *ends):
            os.close(end)
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Network", "Runtime", "Log", "Page"):
            self.call(domain + ".enable")

    def close(self):
        os.close(self.to)
        os.close(self.come)
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def call(self, method, **parameters):
        """A command's answer. What the browser tells meanwhile is noted."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            told = self._next(end - time.monotonic(), method)
            if told.get("id") == self.last:
                if "error" in told:
                    raise AssertionError(f"{method}: {told['error']}")
                return told["result"]
            self._note(told)

    def _next(self, left, what):
        while b"\0" not in self.buffer:
            if left <= 0 or not select.select([self.come], [], [], left)[0]:
                raise AssertionError(f"the browser does not answer {what}")
            some = os.read(self.come, 1 << 16)
            if not some:
                raise AssertionError(f"the browser ended at {what}")
            self.buffer += some
        line, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(line)

    def _note(self, told):
        method, about = told.get("method"), told.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.faults.append(about["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.faults.append(about["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.faults.append(str([value.get("value") for value in about["args"]]))

    def open(self, address):
        """Goes there, and waits until the page and what belongs to it is loaded."""
        failed = self.call("Page.navigate", url=address).get("errorText")
        if failed:
            raise AssertionError(f"{address}: {failed}")
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, expression):
        """What an expression is in the page; a promise is waited for."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise AssertionError(f"{expression}: {told['exceptionDetails']}")
        return told["result"].get("value")

    def wait_for(self, expression, patience=PATIENCE):
        """Until it is true."""
        end = time.monotonic() + patience
        while True:
            value = self.value(expression)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"never: {expression}\n" + str(self.value("document.body.innerText")))
            time.sleep(0.05)

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
