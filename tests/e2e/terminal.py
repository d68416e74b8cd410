"""Runs a program as a person does: typed into a shell in a terminal of a given size, read off its screen.

The terminal is tmux on a socket of its own, without a client; the shell is bash with job control. Whatever happens, the
server, the shell and the program end with `close`, or when the process of the tests is gone.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

from programs import ENVIRONMENT, PATIENCE

PROMPT = "shell$ "
POLL = 0.05
# What would change the looks of a program; a test sets it anew where it wants it.
LOOKS = ("LANG", "LANGUAGE", "NO_COLOR", "TERM", "COLORTERM", "TMUX", "TMUX_PANE", "LINES", "COLUMNS", "ESCDELAY")

CONFIGURATION = """
set -g status off
set -g remain-on-exit on
set -g history-limit 5000
set -sg escape-time 0
set -g default-terminal {term}
set -g default-command "exec bash --noprofile --rcfile {folder}/shellrc --noediting -i"
"""
# The exit code of what was typed last, also that of a job that was stopped, is in a file at each prompt.
SHELL = """
PS1='{prompt}'
PROMPT_COMMAND='echo $? >{folder}/code.new; mv {folder}/code.new {folder}/code'
"""
# The program has the shell's own job, and is its only process: what stops or ends it is seen as it is.
START = """
echo $$ >{folder}/pid
{exports}
exec {command}
"""
# Around a program whose terminal goes away, and the shell with it: somebody must wait for its exit code.
WITNESS = """
trap : HUP
sh {folder}/start
echo $? >{folder}/code
"""


# The shell's last prompt was that of a stopped job, or there was none.
NOT_ENDED = (None, 128 + signal.SIGSTOP, 128 + signal.SIGTSTP)


class Screen:
    """What a terminal shows at one moment."""

    def __init__(self, text, width, height):
        self.width = width
        self.height = height
        self.lines = [line.rstrip() for line in text.split("\n")]
        self.lines = (self.lines + [""] * height)[:height]
        self.text = "\n".join(self.lines)

    def search(self, pattern):
        return re.search(pattern, self.text, re.MULTILINE)

    def rows_with(self, pattern):
        """Numbers of the rows, from 0, that hold the pattern."""
        return [row for row, line in enumerate(self.lines) if re.search(pattern, line)]

    def row_with(self, pattern):
        """The number of the one row that holds it."""
        rows = self.rows_with(pattern)
        if len(rows) != 1:
            raise AssertionError(f"{pattern!r} is on {len(rows)} rows and not on one of:\n{self}")
        return rows[0]

    def __str__(self):
        edge = "+" + "-" * self.width + "+"
        return "\n".join([edge] + [f"|{line:<{self.width}}|" for line in self.lines] + [edge])


class Terminal:
    """A terminal of `width` columns and `height` rows, with a shell at its prompt."""

    def __init__(self, width=80, height=25, term="tmux-256color", language="C.UTF-8", **environment):
        self.width = width
        self.height = height
        self.folder = tempfile.mkdtemp(prefix="terminal-")
        self.environment = {"LANG": language, **environment}
        self._write("tmux.conf", CONFIGURATION.format(term=term, folder=self.folder) + self._guard())
        self._write("shellrc", SHELL.format(prompt=PROMPT, folder=self.folder))
        try:
            self.tmux("-f", self._path("tmux.conf"), "new-session", "-d", "-s", "it", "-x", width, "-y", height)
            self.tty = self.ask("#{pane_tty}")
            self.wait_for("^" + re.escape(PROMPT.rstrip()))
        except BaseException:
            self.close()
            raise

    # ---- what a person does ----

    def start(self, *command, witness=False):
        """Types the command. A `witness` sees its exit code when the terminal, and the shell with it, is gone."""
        exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in self.environment.items())
        self._write("start", START.format(folder=self.folder, exports=exports, command=shlex.join(map(str, command))))
        self._write("witness", WITNESS.format(folder=self.folder))
        for name in ("pid", "code"):
            self._remove(name)
        self.type(f"sh {self.folder}/" + ("witness" if witness else "start") + "\n")
        self.wait_until(lambda: self._read("pid"), "the program to start")
        return self

    def type(self, text):
        """Keys as they are written; a newline is Enter."""
        for part in re.split("(\n)", text):
            if part == "\n":
                self.send("Enter")
            elif part:
                self.tmux("send-keys", "-t", "it", "-l", "--", part)

    def send(self, *keys):
        """Keys by tmux's names: Enter, Escape, Up, PPage, NPage, Home, End, F1, C-c, C-z, ..."""
        self.tmux("send-keys", "-t", "it", *keys)

    def resize(self, width, height):
        self.tmux("resize-window", "-t", "it", "-x", width, "-y", height)
        self.width, self.height = width, height

    def kill(self):
        """The terminal goes away, as when a window is closed or a connection is lost."""
        self.tmux("kill-session", "-t", "it")

    def signal(self, number):
        os.kill(self.pid, number)

    # ---- what a person sees ----

    def screen(self):
        return Screen(self.tmux("capture-pane", "-t", "it", "-p"), self.width, self.height)

    def history(self):
        """All that the terminal has shown outside of screens, as far as it remembers."""
        return self.tmux("capture-pane", "-t", "it", "-p", "-S", "-", "-J")

    def coloured(self):
        """The screen with its attributes, as escape sequences (SGR)."""
        return self.tmux("capture-pane", "-t", "it", "-p", "-e")

    def recorded(self, seconds):
        """The bytes that are written to the terminal in this time."""
        self._write("recorded", "")
        self.tmux("pipe-pane", "-t", "it", "-O", f"exec cat >{self._path('recorded')}")
        time.sleep(seconds)
        self.tmux("pipe-pane", "-t", "it")
        with open(self._path("recorded"), "rb") as file:
            return file.read()

    def wait_for(self, wanted, patience=PATIENCE):
        """The first screen that holds the pattern, or for which the function says yes."""
        seen = None

        def found():
            nonlocal seen
            seen = self.screen()
            return wanted(seen) if callable(wanted) else seen.search(wanted)
        try:
            self.wait_until(found, repr(wanted), patience)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen is:\n{seen}") from None
        return seen

    def wait_until(self, condition, what, patience=PATIENCE):
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited {patience:.0f} s for {what}")
            time.sleep(POLL)

    # ---- what only a test looks at ----

    @property
    def pid(self):
        return int(self._read("pid"))

    def alive(self):
        """Whether the program runs; one that is stopped does."""
        try:
            with open(f"/proc/{self.pid}/stat", encoding="ascii", errors="replace") as file:
                return file.read().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def finish(self, patience=PATIENCE):
        """Waits for the end of the program, and for the shell after it; returns the exit code, 128 + signal."""
        try:
            self.wait_until(lambda: not self.alive() and self.last_code() not in NOT_ENDED, "the program to end", patience)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen is:\n{self.screen()}") from None
        return int(self._read("code"))

    def code_at_prompt(self):
        """What the shell saw at its next prompt, which may come after what it says: 148 of a job that was stopped."""
        self.wait_until(lambda: self.last_code() is not None, "the shell's prompt")
        return self.last_code()

    def last_code(self):
        """What the shell saw at its last prompt. None before that."""
        code = self._read("code")
        return int(code) if code else None

    def modes(self):
        """Of the terminal: words of stty(1), like "echo" or "-icanon"."""
        shown = subprocess.run(["stty", "-a", "-F", self.tty], capture_output=True, text=True, check=True).stdout
        return set(re.split(r"[;\s]+", shown))

    def is_normal(self):
        """Whether the terminal is as a shell needs it: echo, line by line, the cursor seen, no screen of its own."""
        return {"echo", "icanon", "isig", "opost", "onlcr", "icrnl"} <= self.modes() and self.ask(
            "#{cursor_flag}#{alternate_on}#{mouse_any_flag}#{keypad_flag}") == "1000"

    def ask(self, form):
        """tmux's variables of the terminal, like "#{alternate_on}"."""
        return self.tmux("display-message", "-t", "it", "-p", form).strip()

    def tmux(self, *arguments):
        command = ["tmux", "-u", "-S", self._path("socket"), *map(str, arguments)]
        environment = {name: value for name, value in ENVIRONMENT.items()
                       if name not in LOOKS and not name.startswith("LC_")}
        environment.update(LANG="C.UTF-8", TERM="dumb")
        done = subprocess.run(command, capture_output=True, env=environment, cwd=self.folder, timeout=PATIENCE,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise AssertionError(f"{shlex.join(command)}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode()

    def close(self):
        try:
            self.tmux("kill-server")
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            pass  # it never came up, or went with its last session
        if self._read("pid") and self._is_ours():
            os.kill(self.pid, signal.SIGKILL)
        end = time.monotonic() + PATIENCE
        while os.path.exists(self.folder) and time.monotonic() < end:  # until nobody writes into it any more
            shutil.rmtree(self.folder, ignore_errors=True)
            time.sleep(POLL / 10)

    def _is_ours(self):
        """Whether the process of that number is still the one that was started here."""
        try:
            return self.alive() and os.readlink(f"/proc/{self.pid}/cwd") == os.path.realpath(self.folder)
        except OSError:
            return False

    def _guard(self):
        """Ends the server when the process of the tests ended without a chance to close anything."""
        end = f"tail --pid={os.getpid()} -f /dev/null; rm -r {self.folder}; kill #{{pid}}"
        return f"run-shell -b {shlex.quote(end)}\n"

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text):
        with open(self._path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def _read(self, name):
        """A small file's text; empty if it is not there, or not written yet."""
        try:
            with open(self._path(name), encoding="ascii") as file:
                return file.read().strip()
        except OSError:
            return ""

    def _remove(self, name):
        if os.path.exists(self._path(name)):
            os.remove(self._path(name))
