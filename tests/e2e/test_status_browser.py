"""The status page in a real browser: headless Chromium. Skipped where none is installed.

SPRINT_PICTURE=FILE.png leaves a picture of the page there.
"""

import json
import os
import re
import time
import unittest

from browser import Browser, installed
from programs import PATIENCE
from statuspages import StatusTest

SPRINTS = ("--profile", "nano", "--sprint-seconds", "4", "--lead-seconds", "2", "--gap-seconds", "2", "--difficulty", "15")
ENDED = """[...document.querySelectorAll('#ended tr')].map(row => [...row.cells].map(cell => cell.innerText))"""
CLOCK = """[document.getElementById('headline').innerText, document.getElementById('countdown').innerText]"""


def seconds(text):
    minutes, rest = text.split(":")
    return 60 * int(minutes) + float(rest)


@unittest.skipUnless(installed(), "no Chromium is installed (Debian: apt-get install chromium)")
class StatusInABrowser(StatusTest):
    def browse(self):
        browser = Browser()
        self.addCleanup(browser.close)
        return browser

    def watch_the_countdown(self, browser):
        """It goes down while the same thing is waited for."""
        end = time.monotonic() + PATIENCE
        before = browser.value(CLOCK)
        while time.monotonic() < end:
            time.sleep(0.3)
            now = browser.value(CLOCK)
            if now[0] == before[0] and now[1] and before[1]:
                self.assertLess(seconds(now[1]), seconds(before[1]), now[0])
                return
            before = now
        self.fail(f"no countdown: {before}")

    def assert_at_home(self, browser):
        self.assertEqual(browser.faults, [])
        elsewhere = [address for address in browser.requests if not address.startswith(f"http://{self.pages}/")]
        self.assertEqual(elsewhere, [])

    def test_the_page_lives(self):
        pool = self.serve("--name", "sprint.example", "--reward", "5000", sprints=SPRINTS)
        self.mine()
        pool.wait_for(r"sprint verified and credited .*right=[1-9]")
        browser = self.browse()
        browser.open(f"http://{self.pages}/")
        self.assertEqual(browser.value("document.title"), "sprint.example: status")
        browser.wait_for("document.getElementById('countdown').innerText !== ''")
        self.watch_the_countdown(browser)
        self.assertRegex(browser.value(CLOCK)[0], r"^Sprint \d+-[0-9a-f]{12} (is running, time left|starts in)$")

        for name in ("accounts", "sessions", "devices"):
            browser.wait_for(f"document.getElementById('{name}').innerText === '1'")
        browser.wait_for("/^[0-9.]+ k?nonces\\/s$/.test(document.getElementById('nonces').innerText)")
        self.assertRegex(browser.value("document.getElementById('macs').innerText"), r"^[\d.]+ [MGT]MAC/s$")

        # What is shown of a sprint is what is told of it, and its audit is there.
        with_audit = [row for row in browser.value(ENDED) if row[-1] == "audit"]
        self.assertTrue(with_audit, browser.value(ENDED))
        told = {each["sprint"]: each for each in self.status()["ended"]}
        for row in with_audit:
            each = told[row[0]]
            self.assertEqual(row[3:8], [str(each["shares"]), str(each["verified"]),
                                        str(each["wrong"] + each["withdrawn"]), str(each["credit"]), each["root"][:12]])
        # The oldest one's: the newest sprint's file may come a moment after its result.
        link = browser.value("[...document.querySelectorAll('#ended a')].at(-1).href")
        first = browser.value(f"fetch('{link}').then(answer => answer.text()).then(text => text.split('\\n')[0])")
        self.assertEqual(json.loads(first)["sprint"], link.rsplit("/", 1)[1])

        # A sprint that ends while somebody looks comes by itself.
        newest = browser.value(ENDED)[0][0]
        browser.wait_for(f"({ENDED})[0][0] !== '{newest}'")
        if "SPRINT_PICTURE" in os.environ:
            browser.wait_for(f"({ENDED}).length >= 4 && document.getElementById('open').innerText.includes('running')")
            browser.picture(os.environ["SPRINT_PICTURE"])
        self.assert_at_home(browser)
        self.assertGreater(len([address for address in browser.requests if address.endswith("/status.json")]), 1)

        pool.kill()
        browser.wait_for("document.getElementById('trouble').innerText.includes('does not answer')")

    def test_light_and_dark_wide_and_narrow_with_a_script_or_without(self):
        self.serve(sprints=SPRINTS)
        browser = self.browse()
        browser.open(f"http://{self.pages}/")
        colors = []
        for scheme in ("light", "dark"):
            browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            colors.append(browser.value("getComputedStyle(document.body).backgroundColor"))
        shades = [sum(map(int, re.findall(r"\d+", color)[:3])) for color in colors]
        self.assertGreater(shades[0], 600, colors)
        self.assertLess(shades[1], 150, colors)
        browser.call("Emulation.setDeviceMetricsOverride", width=320, height=640, deviceScaleFactor=1, mobile=True)
        browser.wait_for("innerWidth === 320")
        self.assertTrue(browser.value("document.documentElement.scrollWidth <= 320"))

        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.open(f"http://{self.pages}/?again")
        browser.call("Emulation.setScriptExecutionDisabled", value=False)  # of the page's; ours needs it, too
        text = browser.value("document.body.innerText")
        self.assertRegex(text, r"Sprint \d+-[0-9a-f]{12} (is running: \d+ s left|starts in \d+ s)")
        self.assertRegex(text, r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC")
        self.assertEqual(browser.value("document.getElementById('countdown').innerText"), "")
        self.assert_at_home(browser)

    def test_a_name_is_never_markup(self):
        self.serve("--name", "<img src=//evil.example/x onerror=alert(1)>", sprints=SPRINTS)
        browser = self.browse()
        for path in ("", "account?name=%3Cscript%3Edocument.title%3D1%3C/script%3E%3Cimg+src%3D//evil.example/y%3E"):
            browser.open(f"http://{self.pages}/{path}")
            self.assertEqual(browser.value("document.images.length"), 0)
            self.assertIn("<", browser.value("document.querySelector('h1').innerText"))
            self.assertNotEqual(browser.value("document.title"), "1")
        self.assert_at_home(browser)


if __name__ == "__main__":
    unittest.main()
