"""The miner's screen for tests: started in a terminal, and taken apart into its regions."""

import os
import re
import subprocess
import unittest

from programs import BIN, PATIENCE
from terminal import Terminal

MINER = os.path.join(BIN, "sprintminer")
SOLO = ("--solo", "--no-config", "--profile", "nano", "--backend", "sim")


def simulated(devices, rate=100):
    """Arguments for so many devices, with sensors that change. The rate leaves the machine some air: a nonce takes its
    processor a millisecond or two."""
    return ("--opt", f"sim.devices={devices}", "--opt", f"sim.rate={rate}", "--opt", "sim.warm_up_seconds=5")


def version():
    """Of the program, as it tells it itself."""
    shown = subprocess.run([MINER, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"(?:sprintminer )?(\d+\.\d+\.\d+\S*)", shown).group(1)


def address(device):
    """A pattern of the PCI address of a simulated device. The domain is shown where there is room."""
    return rf"(?<![\w.])(?:0000:)?f0:{device:02x}\.0\b"


COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")
# What a menu's or a box's title may have around it: lines of a frame, and blanks.
EDGE = r"[\s─━┌┐└┘├┤╭╮╰╯│┃|+\-=\[\]<>]"
# The title of the box on the main page, with its line; the display page has the word, too.
GRAPH = r"^throughput\b.*[─-]{5}"
# Instead of a rate. RACING is shown until there is one.
STATE = r"\b(?:START(?:ING)?|IDLE|LOADING|READY|RACING|REST|SICK|DEAD|OFF|HOT)\b"
ENDED = r"(?m)^\d+ sprints in .*\n(?:.*\n)*  shares: "  # the summary


def title(word):
    """A pattern of a row that shows the title of a box or a page."""
    return rf"(?:^|{EDGE}){word}(?:{EDGE}|$)"


class Regions:
    """The main page by its parts, each of them found by what must be on it, in the order of the rows."""

    def __init__(self, screen, devices):
        self.screen = screen
        self.devices = devices
        lines = screen.lines
        self.table = screen.row_with(r"^\W*#.*\bdevice\b")  # the row of titles
        self.header = lines[:self.table]
        self.rows = lines[self.table + 1:self.table + 1 + devices]
        below = range(self.table + 1 + devices, screen.height)
        self.graph = next((row for row in below if re.match(rf"{EDGE}*throughput\b", lines[row])), None)
        logs = [row for row in below if re.match(rf"{EDGE}*log\b", lines[row])]
        self.log = logs[0] if logs else None
        self.log_lines = lines[self.log + 1:-1] if logs else []
        self.keys = lines[-1]
        # It does not follow what comes, but stands where somebody reads.
        self.stands_still = bool(logs) and "newer, End follows" in lines[self.log]

    def garbled(self):
        """Rows of the log that are no lines of a log: text of two frames over each other, or gaps."""
        lines = "\n".join(self.log_lines).rstrip().split("\n")
        return [line for line in lines if not re.match(r"\W*[\dT:.+-]+ (debug|info|warn|error) ", line)]

    def device(self, number):
        row, = (line for line in self.rows if re.search(address(number), line))
        return row

    def shown_number(self, device):
        """What a person types for a device: the number in front of its row."""
        return re.match(r"\W*(\d+)\b", self.device(device)).group(1)

    def paused(self):
        return [device for device in range(self.devices) if re.search(r"\b(OFF|REST)\b", self.device(device))]


def is_main(screen, devices):
    """Whether the main page is there, down to its log. The last row may hold keys, a question or an answer."""
    try:
        regions = Regions(screen, devices)
    except AssertionError:
        return False
    rows = "\n".join(regions.rows)
    return regions.log is not None and all(re.search(address(device), rows) for device in range(devices))


class Miner(Terminal):
    """A terminal in which the miner runs with simulated devices."""

    def __init__(self, width=80, height=25, devices=2, rate=100, seconds=3, arguments=(), witness=False, **terminal):
        super().__init__(width, height, **terminal)
        self.devices = devices
        try:
            self.start(MINER, *SOLO, "--sprint-seconds", seconds, *simulated(devices, rate), *arguments,
                       witness=witness)
        except BaseException:
            self.close()
            raise

    def wait_for_main(self, condition=lambda regions: True, patience=PATIENCE):
        """The main page as regions, as soon as it is complete and meets the condition."""
        screen = self.wait_for(lambda seen: is_main(seen, self.devices) and condition(Regions(seen, self.devices)),
                               patience)
        return Regions(screen, self.devices)

    def wait_for_main_with(self, pattern):
        """The same, once the pattern is on the main page above its log."""
        return self.wait_for_main(lambda regions: re.search(pattern, "\n".join(regions.header + regions.rows)))

    def leave(self):
        """Back to the main page, wherever it is now."""
        self.send("Escape")
        self.wait_for_main()

    def quit(self):
        """The exit code after q and y."""
        self.type("q")
        self.wait_for(r"quit\? y/n")
        self.type("y")
        return self.finish()


class MinerTest(unittest.TestCase):
    def miner(self, *arguments, **options):
        miner = Miner(*arguments, **options)
        self.addCleanup(miner.close)
        return miner
