"""What the screen shows, and where: one run a size, looked at from many sides."""

import re
import unittest

from screens import STATE, Miner, MinerTest, address, version

DEVICES = 12
NUMBER = r"\d+(?:\.\d+)?"
MINERS = {(80, 25): None, (120, 40): None, (200, 60): None}


def setUpModule():
    """Twelve devices at each size, started beside each other."""
    for size in MINERS:
        MINERS[size] = Miner(*size, devices=DEVICES, rate=15)
        unittest.addModuleCleanup(MINERS[size].close)
    for miner in MINERS.values():
        miner.wait_for_main_with(r"accepted [1-9]")


class MainPage:
    """For each size; `size` is the class's own."""

    def setUp(self):
        self.miner = MINERS[self.size]

    def header_holds(self, *patterns):
        regions = self.miner.wait_for_main()
        for pattern in patterns:
            self.assertRegex("\n".join(regions.header), pattern)

    def test_regions_are_in_order_and_fill_the_screen(self):
        regions = self.miner.wait_for_main()
        screen = regions.screen
        self.assertTrue(all(len(line) <= screen.width for line in screen.lines), screen)
        self.assertIsNotNone(regions.log, screen)
        self.assertGreaterEqual(len(regions.log_lines), 1, screen)
        below = regions.table + 1 + DEVICES
        if screen.height >= 40:
            self.assertIsNotNone(regions.graph, screen)
        if regions.graph is not None:
            self.assertEqual(regions.graph, below, screen)
            self.assertLess(regions.graph + 2, regions.log, screen)
        else:
            self.assertEqual(regions.log, below, screen)

    def test_each_device_has_a_row_in_order(self):
        regions = self.miner.wait_for_main()
        above_log = "\n".join(regions.screen.lines[:regions.log])
        for device, row in enumerate(regions.rows):
            self.assertEqual(len(re.findall(address(device), above_log)), 1, regions.screen)
            self.assertRegex(row, rf"^\W*{device}\b")
        columns = {re.search(address(device), row).start() for device, row in enumerate(regions.rows)}
        self.assertEqual(len(columns), 1, regions.screen)

    def test_a_devices_row_has_what_matters_most(self):
        regions = self.miner.wait_for_main(lambda now: not re.search(STATE, "\n".join(now.rows)))
        for device, row in enumerate(regions.rows):
            rest = row[re.search(address(device), row).end():]
            self.assertGreaterEqual(len(re.findall(NUMBER, rest)), 6, f"rate, temperature, watts, A, R, HW: {row}")

    def test_columns_have_titles_and_a_wide_screen_has_all(self):
        regions = self.miner.wait_for_main()
        titles = regions.screen.lines[regions.table]
        wanted = [r"nonces/s", r"core", r"W", r"A\b.*\bR\b.*\bHW"]
        if self.size[0] >= 200:
            wanted += ["name", "path", "MAC/s", r"fan%?", "MHz", r"mem(ory)?", "margin"]
            for device in range(DEVICES):
                self.assertRegex(regions.device(device), rf"Simulated device {device}\b.*\breference\b")
        for word in wanted:
            self.assertRegex(titles, rf"\b{word}(?!\w)")

    def test_program_and_uptime_are_on_the_first_row(self):
        first = self.miner.wait_for_main().header[0]
        self.assertRegex(first, rf"^\W*sprintminer {re.escape(version())}")
        self.assertGreater(re.search(r"\bup \d+:\d\d:\d\d", first).start(), self.size[0] // 2, first)

    def test_time_goes_on(self):
        def uptime(screen):
            return [int(part) for part in re.search(r"up (\d+):(\d\d):(\d\d)", screen.lines[0]).groups()]
        before = uptime(self.miner.screen())
        self.miner.wait_for(lambda screen: uptime(screen) > before)

    def test_the_pool_and_its_connection(self):
        self.header_holds(r"\bpool\b", r"stratum\+tcp://127\.0\.0\.1|\bsolo\b", r"\bno TLS\b", rf"{NUMBER} ms\b",
                          r"\bclock\b")

    def test_the_sprint_and_its_phase(self):
        self.header_holds(r"\bsprint\s+\d+\b.*\d+-[0-9a-f]{4}", r"\bnano\b", r"\b(idle|weights|waiting|racing|end)\b")

    def test_the_rates(self):
        self.header_holds(r"\brate\b", r"\b10 s\b", r"\b60 s\b", r"\b15 min\b", r"\blast 10\b", r"\braw\b",
                          r"\bcredited\b")

    def test_shares_and_energy(self):
        self.header_holds(r"\baccepted \d+", r"\brejected \d+", r"\bstale \d+", r"\bhw errors \d+", r"\bbest \d",
                          r"J/nonce", rf"\b{NUMBER} W\b")

    def test_the_bar_grows_towards_the_deadline(self):
        def filled(regions):
            return sum(len(re.findall(r"[█▉▊▋▌▍▎▏■━#=|]", line)) for line in regions.header)

        least = {}  # by sprint

        def grew(regions):
            sprint = re.search(r"\bsprint\s+(\d+)\b.*?\bracing\b", " ".join(regions.header))
            return sprint and filled(regions) > least.setdefault(sprint.group(1), filled(regions))
        self.miner.wait_for_main(grew)

    def test_the_sensors_change(self):
        def sensors(regions):
            titles = regions.screen.lines[regions.table]
            watts = titles.index(" W ") + 2  # numbers end where their title ends
            return [re.search(r"\S+$", row[:watts]).group() for row in regions.rows]
        before = sensors(self.miner.wait_for_main())
        self.assertTrue(all(re.fullmatch(NUMBER, watts) for watts in before), before)
        self.miner.wait_for_main(lambda regions: sensors(regions) != before)

    def test_the_graph_draws_what_was_done(self):
        if self.miner.wait_for_main().graph is None:
            self.assertLess(self.size[1], 40)
            return
        self.miner.wait_for_main(lambda regions: re.search(
            "[\u2801-\u28ff\u2581-\u2588]", "\n".join(regions.screen.lines[regions.graph + 1:regions.log])))

    def test_the_log_goes_on(self):
        before = self.miner.wait_for_main().log_lines
        self.assertRegex("\n".join(before), r"\d\d:\d\d:\d\d")
        after = self.miner.wait_for_main(lambda regions: regions.log_lines[-1] != before[-1])
        self.assertEqual(after.garbled(), [])

    def test_the_last_row_says_the_keys(self):
        keys = self.miner.wait_for_main().keys
        for key in ("P pools", "G devices", "S settings", "D display", "Q quit", r"\? help"):
            self.assertRegex(keys, key)

    def test_only_what_changed_is_drawn(self):
        self.miner.wait_for_main()
        drawn = self.miner.recorded(seconds=3)
        full = 12 * self.size[0] * self.size[1]  # four times a second, and nothing but letters
        self.assertGreater(len(drawn), 0)
        self.assertLess(len(drawn), full / 2)
        self.assertNotIn(b"\x1b[2J", drawn)
        self.assertNotIn(b"\x1b[J", drawn)


class At80x25(MainPage, unittest.TestCase):
    size = (80, 25)


class At120x40(MainPage, unittest.TestCase):
    size = (120, 40)


class At200x60(MainPage, unittest.TestCase):
    size = (200, 60)


class Resizing(MinerTest):
    def test_the_screen_follows_the_terminal(self):
        miner = self.miner(120, 40, devices=DEVICES, rate=15)
        self.assertIsNotNone(miner.wait_for_main().graph)
        for size in ((80, 25), (200, 60), (81, 25), (120, 40)):
            miner.resize(*size)
            miner.wait_for_main()
        miner.resize(50, 10)
        screen = miner.wait_for("too small: 50x10, needs 60x15")
        self.assertNotIn("P pools", screen.text)
        miner.resize(59, 60)
        miner.wait_for("too small: 59x60, needs 60x15")
        miner.resize(80, 25)
        miner.wait_for_main()
        self.assertEqual(miner.quit(), 0)

    def test_the_smallest_screen_still_tells_how_it_goes(self):
        miner = self.miner(60, 15, devices=DEVICES, rate=40)
        screen = miner.wait_for(r"accepted [1-9]")
        self.assertRegex(screen.lines[0], "sprintminer")
        self.assertRegex(screen.text, address(0))
        for word in ("sprint", "pool", "rate", "rejected"):
            self.assertRegex(screen.text, rf"\b{word}\b")
        self.assertRegex(screen.lines[-1], "Q quit")

    def test_many_quick_changes_end_with_the_last_size(self):
        miner = self.miner(80, 25)
        miner.wait_for_main()
        for step in range(20):
            miner.resize(80 + step, 25 + step % 3)
        miner.resize(100, 30)
        miner.wait_for_main()
        self.assertEqual(miner.quit(), 0)


if __name__ == "__main__":
    unittest.main()
