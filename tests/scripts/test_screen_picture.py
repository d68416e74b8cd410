#!/usr/bin/env python3
"""Captured screens, and what scripts/screen_picture.py draws of them."""

import os
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "screen_picture.py")
sys.path.insert(0, os.path.dirname(SCRIPT))
import screen_picture as drawn  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


def column(number):
    return drawn.MARGIN + number * drawn.CELL_WIDTH


class ScreenPicture(unittest.TestCase):
    def draw(self, text, columns=0):
        return ElementTree.fromstring(drawn.svg_of(text, columns))

    def texts(self, picture):
        return list(picture.iter(SVG + "text"))

    def test_words_are_where_their_cells_are(self):
        first, second, third = self.texts(self.draw("ab  c\n d<&\n"))
        self.assertEqual([word.text for word in (first, second, third)], ["ab", "c", "d<&"])
        self.assertEqual((first.get("x"), first.get("textLength")), (str(column(0)), str(2 * drawn.CELL_WIDTH)))
        self.assertEqual(second.get("x"), str(column(4)))
        self.assertEqual(third.get("x"), str(column(1)))
        self.assertEqual(int(third.get("y")) - int(first.get("y")), drawn.CELL_HEIGHT)

    def test_the_picture_is_as_large_as_the_screen(self):
        for text, columns, width in (("ab\n\nc\n", 0, 2), ("ab\n\nc\n", 80, 80), ("\u4e16\u754c\n\n\n", 0, 4)):
            picture = self.draw(text, columns)
            self.assertEqual(picture.get("width"), str(width * drawn.CELL_WIDTH + 2 * drawn.MARGIN))
            self.assertEqual(picture.get("height"), str(3 * drawn.CELL_HEIGHT + 2 * drawn.MARGIN))

    def test_styles(self):
        def look(codes):
            word, = self.texts(self.draw(f"\x1b[{codes}mx\x1b[0m"))
            return word.get("fill"), word.get("font-weight"), word.get("font-style")
        self.assertEqual(look("0"), (drawn.FOREGROUND, None, None))
        self.assertEqual(look("1;3;31"), (drawn.SIXTEEN[1], "bold", "italic"))
        self.assertEqual(look("92"), (drawn.SIXTEEN[10], None, None))
        self.assertEqual(look("38;5;208"), ("#ff8700", None, None))
        self.assertEqual(look("38;5;244"), ("#808080", None, None))
        self.assertEqual(look("38;2;1;2;3"), ("#010203", None, None))
        self.assertEqual(look("7"), (drawn.BACKGROUND, None, None))
        self.assertEqual(look("2"), (drawn.mixed(drawn.FOREGROUND, drawn.BACKGROUND, 0.6), None, None))
        self.assertEqual(look("1;2;22;31;39"), (drawn.FOREGROUND, None, None))

    def test_a_style_ends_where_it_is_changed(self):
        words = self.texts(self.draw("\x1b[31mab\x1b[39mcd\n\x1b[1mef\ngh"))
        self.assertEqual([(word.text, word.get("fill"), word.get("font-weight")) for word in words],
                         [("ab", drawn.SIXTEEN[1], None), ("cd", drawn.FOREGROUND, None),
                          ("ef", drawn.FOREGROUND, "bold"), ("gh", drawn.FOREGROUND, "bold")])

    def paths(self, text):
        return {path.get("fill") or path.get("stroke"): path.get("d") for path in self.draw(text).iter(SVG + "path")}

    def test_backgrounds_of_neighbours_are_one(self):
        paths = self.paths("a\x1b[44mb c\x1b[0md")
        self.assertEqual(paths, {drawn.SIXTEEN[4]: f"M{column(1)} {drawn.MARGIN}h{3 * drawn.CELL_WIDTH}"
                                                   f"v{drawn.CELL_HEIGHT}h-{3 * drawn.CELL_WIDTH}z"})
        self.assertEqual(list(self.paths("\x1b[7m \x1b[0m")), [drawn.FOREGROUND])

    def test_lines_meet_and_are_no_text(self):
        for line in ("\u2500\u2500\u2500", "\x0eqqq\x0f"):  # Unicode, and a VT100's letters
            self.assertEqual(self.texts(self.draw(line)), [])
            self.assertEqual(self.paths(line)[drawn.FOREGROUND],
                             f"M{column(0)} {drawn.MARGIN + drawn.CELL_HEIGHT // 2}h{3 * drawn.CELL_WIDTH}v1"
                             f"h-{3 * drawn.CELL_WIDTH}z")

    def test_every_drawn_character_leaves_something(self):
        shapes = "".join([*drawn.ARMS, *drawn.SHADES, *map(chr, range(0x2580, 0x25a0)), *map(chr, range(0x2801, 0x2900))])
        for character in shapes:
            picture = self.draw(character)
            self.assertEqual(self.texts(picture), [], character)
            self.assertEqual(len(list(picture.iter(SVG + "path"))), 1, character)

    def test_braille_has_a_dot_for_each_bit(self):
        for bits in (0x00, 0x01, 0x47, 0xff):
            path = self.paths(chr(0x2800 + bits)).get(drawn.FOREGROUND, "")
            self.assertEqual(path.count("M"), bin(bits).count("1"))
        self.assertEqual(self.paths("\u2801\u2808"), {drawn.FOREGROUND: "M12 12.12hM24 12.12h0".replace("hM", "h0M")})

    def test_other_escape_sequences_are_no_text(self):
        words = self.texts(self.draw("\x1b]8;;http://a\x1b\\a\x1b]8;;\x07b\x1b[Kc\x1b[2Jd"))
        self.assertEqual("".join(word.text for word in words), "abcd")

    def test_as_a_command(self):
        done = subprocess.run([sys.executable, "-B", SCRIPT, "--title", "a <screen>"], input="\x1b[32m\u2588\x1b[0m ok\n",
                              capture_output=True, text=True, encoding="utf-8", check=True)
        picture = ElementTree.fromstring(done.stdout)
        self.assertEqual(picture.find(SVG + "title").text, "a <screen>")
        self.assertEqual(self.texts(picture)[0].text, "ok")


if __name__ == "__main__":
    unittest.main()
