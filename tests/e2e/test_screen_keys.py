"""Each key of the screen, on one running miner with twelve devices."""

import re
import unittest

from screens import GRAPH, STATE, Miner, MinerTest, address, title

DEVICES = 12
MINER = None


def setUpModule():
    global MINER
    MINER = Miner(120, 40, devices=DEVICES, rate=20)
    unittest.addModuleCleanup(MINER.close)
    MINER.wait_for_main_with(r"accepted [1-9]")


class Keys(unittest.TestCase):
    def setUp(self):
        self.miner = MINER
        self.miner.wait_for_main()
        self.addCleanup(self.go_home)

    def go_home(self):
        """Whatever a test left: no page, no prompt, all devices at work."""
        self.miner.send("Escape")
        self.miner.send("Escape")
        self.miner.send("End")
        self.miner.wait_for_main()
        self.miner.type("r")
        self.wait_for_paused([])

    def wait_for_paused(self, devices):
        self.miner.wait_for_main(lambda regions: regions.paused() == devices)

    def answer(self, keys, question, reply):
        self.miner.type(keys)
        self.miner.wait_for(question)
        self.miner.type(reply)
        self.miner.wait_for(lambda screen: not screen.search(question))


class Pages(Keys):
    def open_and_close(self, key, word, close, *patterns):
        def is_there(screen):
            return any(re.search(title(word), line, re.IGNORECASE) for line in screen.lines[:-1])
        self.assertFalse(is_there(self.miner.screen()), self.miner.screen())
        self.miner.send(key)
        screen = self.miner.wait_for(is_there)
        for pattern in patterns:
            self.miner.wait_for(pattern)
        self.miner.send(close)
        self.miner.wait_for_main()
        self.miner.wait_for(lambda now: not is_there(now))
        return screen

    def test_pools(self):
        for close in ("Escape", "P"):
            self.open_and_close("P", "pools", close, r"stratum\+tcp://|\bsolo\b")

    def test_devices(self):
        for key, close in (("G", "Escape"), ("g", "g"), ("G", "G")):
            self.open_and_close(key, "devices", close, address(0), address(DEVICES - 1))

    def test_settings(self):
        for close in ("Escape", "S"):
            self.open_and_close("S", "settings", close, r"(?i)\bwrite\b")

    def test_display(self):
        for key, close in (("D", "Escape"), ("d", "d"), ("D", "D")):
            self.open_and_close(key, "display", close)

    def test_help_names_every_key(self):
        for key, close in (("?", "Escape"), ("F1", "?"), ("?", "F1")):
            self.open_and_close(key, "help", close, r"\bpause\b", r"\bresume\b", r"\bresults\b", r"\bconnection\b",
                                r"\bhealth\b", r"\brates\b", r"\bsearch\b")

    def test_rates(self):
        self.open_and_close("h", "rates", "Escape", r"15 min")
        self.open_and_close("h", "rates", "h")

    def test_results(self):
        self.open_and_close("s", "results", "Escape", r"\d+-[0-9a-f]{4}")
        self.open_and_close("s", "results", "s")

    def test_connection(self):
        self.open_and_close("c", "connection", "Escape")
        self.open_and_close("c", "connection", "c")

    def test_health(self):
        self.open_and_close("e", "health", "Escape", address(DEVICES - 1))
        self.open_and_close("e", "health", "e")

    def test_header_and_keys_stay_on_every_page(self):
        for key in ("P", "G", "S", "D"):
            self.miner.type(key)
            screen = self.miner.wait_for(lambda now: not now.rows_with(GRAPH))
            self.assertRegex(screen.text, r"\baccepted \d+")
            self.assertRegex(screen.lines[0], r"^\W*sprintminer\b")
            self.miner.leave()

    def test_one_page_leads_to_another(self):
        self.miner.type("G")
        self.miner.wait_for(title("devices"))
        self.miner.send("Escape")
        self.miner.type("P")
        self.miner.wait_for(r"stratum\+tcp://|\bsolo\b")
        self.miner.leave()


class Pausing(Keys):
    def test_all_after_a_yes_and_resumed(self):
        self.answer("p", r"pause all devices\? y/n", "n")
        self.wait_for_paused([])
        self.answer("p", r"pause all devices\? y/n", "y")
        self.wait_for_paused(list(range(DEVICES)))
        self.miner.type("r")
        self.wait_for_paused([])

    def test_one_by_its_number(self):
        number = self.miner.wait_for_main().shown_number(3)
        self.miner.type(number)
        self.miner.wait_for(rf"device: {number}")
        self.answer("\n", rf"pause device {number} \({address(3)}\)\? y/n", "y")
        self.wait_for_paused([3])
        regions = self.miner.wait_for_main()
        titles, row = regions.screen.lines[regions.table], regions.device(3)
        self.assertEqual(re.search(STATE, row).end(), re.search(r"\bnonces/s\b", titles).end(), "in place of the rate")
        self.miner.type(number)
        self.miner.wait_for(rf"device: {number}")
        self.answer("\n", rf"resume device {number} \({address(3)}\)\? y/n", "y")
        self.wait_for_paused([])

    def test_one_whose_number_has_two_digits(self):
        number = self.miner.wait_for_main().shown_number(11)
        self.assertEqual(len(number), 2)
        self.miner.type(number)
        self.miner.wait_for(rf"device: {number}")
        self.answer("\n", rf"pause device {number} \({address(11)}\)\? y/n", "y")
        self.wait_for_paused([11])

    def test_a_number_is_left_by_escape_and_a_question_by_any_other_key(self):
        self.miner.type("4")
        self.miner.wait_for("device: 4")
        self.miner.send("Escape")
        self.miner.wait_for(lambda screen: not screen.search("device: 4"))
        self.miner.type("4")
        self.miner.wait_for("device: 4")
        self.answer("\n", r"pause device 4 .*\? y/n", "x")
        self.wait_for_paused([])

    def test_a_number_that_no_device_has_pauses_none(self):
        self.miner.type("99")
        self.miner.wait_for("device: 99")
        self.miner.type("\n")
        self.miner.wait_for(lambda screen: not screen.search("device: 99_"))
        self.assertIsNone(self.miner.screen().search(r"pause device \d+ .*\? y/n"))
        self.miner.send("Escape")
        self.wait_for_paused([])

    def test_a_digit_can_be_taken_back(self):
        self.miner.type("12")
        self.miner.wait_for("device: 12")
        self.miner.send("BSpace")
        self.miner.wait_for(r"device: 1(?!\d)")


class TheLog(Keys):
    # Each is told once, in the first seconds, and has long left the few lines of the log's box.
    EARLY = r"device ready device=0000:f0:0b\.0"

    def setUp(self):
        super().setUp()
        self.miner.wait_for_main(lambda regions: not self.holds(regions, self.EARLY))

    @staticmethod
    def holds(regions, pattern):
        return re.search(pattern, "\n".join(regions.log_lines))

    def stamps(self, regions):
        return [found.group() for line in regions.log_lines if (found := re.search(r"\d\d:\d\d:\d\d(\.\d+)?", line))]

    def go_to_the_oldest(self):
        """Where the log stands still, whatever comes meanwhile; its lines there."""
        self.miner.send("End")
        seen = self.miner.wait_for_main(lambda now: not now.stands_still).log_lines
        self.miner.send("Home")
        self.miner.wait_for_main(lambda now: now.stands_still and now.log_lines != seen)
        return self.miner.wait_for_main().log_lines

    def test_scrolls_by_pages(self):
        oldest = self.go_to_the_oldest()
        self.miner.send("NPage")
        later = self.miner.wait_for_main(lambda now: now.log_lines != oldest)
        self.assertGreaterEqual(self.stamps(later), self.stamps_of(oldest))
        self.miner.send("PPage")
        self.miner.wait_for_main(lambda now: now.log_lines == oldest)

    def test_scrolls_by_lines(self):
        oldest = self.go_to_the_oldest()
        self.miner.send("Down")
        self.miner.wait_for_main(lambda now: now.log_lines[:-1] == oldest[1:])
        self.miner.send("Up")
        self.miner.wait_for_main(lambda now: now.log_lines == oldest)

    def test_stands_still_while_one_reads_and_follows_at_the_end(self):
        before = self.go_to_the_oldest()
        accepted = self.miner.wait_for_main().header
        self.miner.wait_for_main(lambda now: now.header != accepted)
        self.assertEqual(self.miner.wait_for_main().log_lines, before)
        self.miner.send("End")
        self.miner.wait_for_main(lambda now: self.stamps(now)[0] > self.stamps_of(before)[-1])

    @staticmethod
    def stamps_of(lines):
        return re.findall(r"\d\d:\d\d:\d\d(?:\.\d+)?", "\n".join(lines))

    def test_search_finds_what_is_out_of_sight(self):
        self.miner.type("/")
        self.miner.wait_for("search: ")
        self.miner.type("device ready device=0000:f0:0b.0")
        self.miner.wait_for("search: device ready")
        self.miner.type("\n")
        self.miner.wait_for_main(lambda now: self.holds(now, self.EARLY))
        self.miner.send("Escape")
        self.miner.send("End")
        self.miner.wait_for_main(lambda now: not self.holds(now, self.EARLY))

    def test_search_goes_from_hit_to_hit(self):
        self.miner.type("/")
        self.miner.wait_for("search: ")
        self.miner.type("sprint credited\n")
        self.miner.wait_for(lambda screen: not screen.search("search: "))

        def is_oldest():
            self.miner.type("n")  # further, and at the oldest it stays
            return self.holds(self.miner.wait_for_main(), "sprint credited sprint=1-")
        self.miner.wait_until(is_oldest, "the oldest hit")
        self.miner.type("N")
        self.miner.wait_for_main(lambda now: self.holds(now, "sprint credited sprint=2-"))

    def test_search_that_is_left_changes_nothing(self):
        self.miner.type("/")
        self.miner.wait_for("search: ")
        self.miner.type("quit")  # keys of a prompt are text
        self.miner.wait_for("search: quit")
        self.miner.send("Escape")
        self.miner.wait_for(lambda screen: not screen.search("search: "))
        self.miner.wait_for_main()

    def test_search_that_finds_nothing_says_so(self):
        self.miner.type("/")
        self.miner.wait_for("search: ")
        self.miner.type("no such text\n")
        self.miner.wait_for(r"(?i)not found|no line|nothing")


class Quitting(MinerTest):
    def test_only_after_a_yes(self):
        miner = self.miner(80, 25)
        miner.wait_for_main()
        for key in ("q", "Q"):
            miner.type(key)
            miner.wait_for(r"quit\? y/n")
            miner.type("n")
            miner.wait_for_main()
        self.assertTrue(miner.alive())
        miner.type("Q")
        miner.wait_for(r"quit\? y/n")
        miner.type("y")
        self.assertEqual(miner.finish(), 0)

    def test_a_single_digit_is_enough_for_few_devices(self):
        miner = self.miner(80, 25, devices=2)
        number = miner.wait_for_main().shown_number(1)
        miner.type(number)
        miner.wait_for(rf"pause device {number} \({address(1)}\)\? y/n")
        miner.type("y")
        miner.wait_for_main(lambda regions: regions.paused() == [1])
        self.assertEqual(miner.quit(), 0)

    def test_unknown_keys_do_nothing(self):
        miner = self.miner(80, 25)
        miner.wait_for_main()
        miner.type("zZ!%~")
        miner.send("F7", "M-x", "C-a", "Tab", "IC", "DC")
        miner.type("\u00e4\u4e16\x7f")
        miner.wait_for_main()
        self.assertEqual(miner.quit(), 0)


if __name__ == "__main__":
    unittest.main()
