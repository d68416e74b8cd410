"""The terminal that the tests of the screen look through, on a small screen of known content."""

import os
import signal
import subprocess
import sys
import time
import unittest

from terminal import PROMPT, Terminal

# Shows its size, the last key and some attributes; q ends it, x crashes it.
SCREEN = """
import curses, os, sys
def show(window, key):
    height, width = window.getmaxyx()
    window.erase()
    window.addstr(0, 0, f"size {width}x{height} key {key}")
    window.addstr(1, 0, "bold", curses.A_BOLD)
    window.addstr(2, 0, os.environ.get("LANG", "") + " " + os.environ["TERM"])
    if curses.has_colors():
        window.addstr(3, 0, "red", curses.color_pair(1))
    window.insstr(height - 1, width - 1, "#")
def run(window):
    if curses.has_colors():
        curses.init_pair(1, curses.COLOR_RED, curses.COLOR_BLACK)
    key = "none"
    while key != "q":
        show(window, key)
        try:
            key = window.getkey()
        except curses.error:
            continue
        if key == "x":
            os.abort()
curses.wrapper(run)
print("good bye")
sys.exit(7)
"""


class TerminalTest(unittest.TestCase):
    def terminal(self, *arguments, **options):
        terminal = Terminal(*arguments, **options)
        self.addCleanup(terminal.close)
        return terminal

    def screen(self, *arguments, **options):
        return self.terminal(*arguments, **options).start(sys.executable, "-c", SCREEN)

    def test_size_keys_and_exit_code(self):
        terminal = self.screen(90, 30, language="C")
        screen = terminal.wait_for("size 90x30 key none")
        self.assertEqual((screen.row_with("bold"), screen.lines[29][89]), (1, "#"))
        self.assertRegex(screen.lines[2], "^C tmux-256color$")
        self.assertFalse(terminal.is_normal())
        terminal.send("NPage")
        terminal.wait_for("key KEY_NPAGE")
        terminal.type("q")
        self.assertEqual(terminal.finish(), 7)
        terminal.wait_for("good bye\n" + PROMPT.rstrip().replace("$", r"\$"))
        self.assertTrue(terminal.is_normal())

    def test_attributes_by_kind_of_terminal(self):
        colours = self.screen()
        colours.wait_for("red")
        self.assertIn("\x1b[31m", colours.coloured())
        none = self.screen(term="vt100")
        none.wait_for("vt100")
        self.assertNotIn("\x1b[31m", none.coloured())
        self.assertIn("\x1b[1mbold", none.coloured())

    def test_resize_is_seen(self):
        terminal = self.screen(80, 25)
        terminal.wait_for("size 80x25")
        terminal.resize(120, 40)
        screen = terminal.wait_for("size 120x40")
        self.assertEqual(len(screen.lines), 40)

    def test_suspend_and_continue(self):
        terminal = self.screen()
        terminal.wait_for("key none")
        terminal.send("C-z")
        terminal.wait_for("Stopped")
        self.assertEqual(terminal.code_at_prompt(), 128 + signal.SIGTSTP)
        self.assertTrue(terminal.alive())
        terminal.type("fg\n")
        terminal.wait_for("bold")
        terminal.type("q")
        self.assertEqual(terminal.finish(), 7)

    def test_a_crash_leaves_the_modes_as_they_were(self):
        terminal = self.screen()
        terminal.wait_for("key none")
        terminal.type("x")
        self.assertEqual(terminal.finish(), 128 + signal.SIGABRT)
        self.assertFalse(terminal.is_normal(), "this program does not clean up, and that is seen")

    def test_a_killed_terminal_is_a_hangup_with_a_witness(self):
        terminal = self.terminal()
        terminal.start("sh", "-c", "trap 'exit 5' HUP; while :; do sleep 0.1; done", witness=True)
        terminal.kill()
        self.assertEqual(terminal.finish(), 5)

    def test_nothing_is_left_behind(self):
        terminal = self.screen()
        terminal.wait_for("key none")
        pid = terminal.pid
        terminal.close()
        terminal.wait_until(lambda: not os.path.exists(f"/proc/{pid}/fd/0"), "the program to be gone")
        self.assertFalse(os.path.exists(terminal.folder))

    def test_nor_by_tests_that_were_killed(self):
        tests = subprocess.Popen([sys.executable, "-c", "import time, terminal\nit = terminal.Terminal()\n"
                                  "print(it.start('sleep', '1000').pid, flush=True)\ntime.sleep(99)"],
                                 stdout=subprocess.PIPE, text=True)
        pid = int(tests.stdout.readline())
        tests.kill()
        tests.wait()
        tests.stdout.close()
        end = time.monotonic() + 30
        while os.path.exists(f"/proc/{pid}"):
            self.assertLess(time.monotonic(), end, "the program is still there")
            time.sleep(0.1)


if __name__ == "__main__":
    unittest.main()
