#!/usr/bin/env python3
"""Turns a captured terminal screen into a picture: tmux capture-pane -e -p | scripts/screen_picture.py > screen.svg

The SVG needs no fonts or files beside it. Words are stretched to their cells, and lines, blocks and braille are drawn
as shapes, so that columns meet whatever monospaced font the viewer has.
"""

import argparse
import dataclasses
import re
import sys
import unicodedata
from xml.sax.saxutils import escape

CELL_WIDTH = 8
CELL_HEIGHT = 17
BASELINE = 13  # of the letters, below a cell's top
FONT_SIZE = 13
MARGIN = 10
DOT = 2.2  # of braille, across

FOREGROUND = "#d3d7de"
BACKGROUND = "#14171c"
# Black, red, green, yellow, blue, magenta, cyan, white; then the bright ones.
SIXTEEN = ("#2b303b", "#e0606a", "#8ec07c", "#e5b567", "#6ba4f8", "#c790e0", "#5fc3ce", "#c9ced6",
           "#6b7280", "#ff8089", "#b0e09a", "#ffd580", "#93c0ff", "#e0b3f5", "#8ce4ee", "#ffffff")

# The line-drawing letters of a VT100, which a capture marks by shift out and shift in.
LINE_LETTERS = str.maketrans("`afgjklmnopqrstuvwxyz{|}~", "◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")

# A line's arms from the middle of its cell: left, right, up, down; 1 thin, 2 thick.
ARMS = {"─": (1, 1, 0, 0), "│": (0, 0, 1, 1),
        "┌": (0, 1, 0, 1), "┐": (1, 0, 0, 1), "└": (0, 1, 1, 0), "┘": (1, 0, 1, 0),
        "├": (0, 1, 1, 1), "┤": (1, 0, 1, 1), "┬": (1, 1, 0, 1), "┴": (1, 1, 1, 0), "┼": (1, 1, 1, 1),
        "╭": (0, 1, 0, 1), "╮": (1, 0, 0, 1), "╰": (0, 1, 1, 0), "╯": (1, 0, 1, 0),
        "╴": (1, 0, 0, 0), "╶": (0, 1, 0, 0), "╵": (0, 0, 1, 0), "╷": (0, 0, 0, 1),
        "━": (2, 2, 0, 0), "┃": (0, 0, 2, 2), "╸": (2, 0, 0, 0), "╺": (0, 2, 0, 0),
        "╾": (2, 1, 0, 0), "╼": (1, 2, 0, 0)}
SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
# Quarters of a cell, by bits: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
QUARTERS = dict(zip("▖▗▘▙▚▛▜▝▞▟", (4, 8, 1, 13, 9, 7, 11, 2, 6, 14)))


@dataclasses.dataclass(frozen=True)
class Style:
    foreground: str = ""  # a colour as SVG has it; empty: the terminal's own
    background: str = ""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underlined: bool = False
    reverse: bool = False

    def colours(self):
        """Of the characters and of what is behind them."""
        front, back = self.foreground or FOREGROUND, self.background or BACKGROUND
        if self.reverse:
            front, back = back, front
        return (mixed(front, back, 0.6) if self.dim else front), back


@dataclasses.dataclass
class Cell:
    text: str
    style: Style
    width: int = 1


def mixed(front, back, share):
    """A colour that has so much of `front`, and `back` for the rest."""
    parts = [(int(front[i:i + 2], 16), int(back[i:i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in parts)


# ---- reading ----

def colour_of(number):
    """Of the 256 of xterm: sixteen, a cube of six steps, and greys."""
    if number < 16:
        return SIXTEEN[number]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    number -= 16
    steps = (number // 36, number // 6 % 6, number % 6)
    return "#" + "".join(f"{55 + 40 * step if step else 0:02x}" for step in steps)


def take_colour(codes):
    """The colour after a 38 or 48; takes its codes away."""
    kind = codes.pop(0) if codes else 0
    if kind == 5 and codes:
        return colour_of(min(codes.pop(0), 255))
    if kind == 2 and len(codes) >= 3:
        return "#" + "".join(f"{min(codes.pop(0), 255):02x}" for _ in range(3))
    return ""


SWITCHES = {1: {"bold": True}, 2: {"dim": True}, 3: {"italic": True}, 4: {"underlined": True}, 7: {"reverse": True},
            22: {"bold": False, "dim": False}, 23: {"italic": False}, 24: {"underlined": False}, 27: {"reverse": False},
            39: {"foreground": ""}, 49: {"background": ""}}


def changed(style, codes):
    """The style after an escape sequence "select graphic rendition" (ECMA-48, 8.3.117)."""
    codes = [int(code or 0) for code in re.split("[;:]", codes)]
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = Style()
        elif code in SWITCHES:
            style = dataclasses.replace(style, **SWITCHES[code])
        elif code in (38, 48):
            style = dataclasses.replace(style, **{"foreground" if code == 38 else "background": take_colour(codes)})
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style = dataclasses.replace(style, foreground=SIXTEEN[code % 10 + (8 if code >= 90 else 0)])
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style = dataclasses.replace(style, background=SIXTEEN[code % 10 + (8 if code >= 100 else 0)])
    return style


# Control sequences, of which those that end in m are styles; commands of the system, like links; the shifts.
CONTROLS = re.compile(r"(\x1b\[[^@-~]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x0e\x0f])")


def add_characters(row, text, style):
    for character in text:
        if unicodedata.combining(character) and row:
            row[-1].text += character
        elif character >= " ":
            row.append(Cell(character, style, 2 if unicodedata.east_asian_width(character) in "WF" else 1))


def read_screen(text):
    """Rows of cells. Styles go on from row to row, as tmux writes them."""
    rows, style, letters = [], Style(), False
    for line in text.removesuffix("\n").split("\n"):
        row = []
        for part in CONTROLS.split(line):
            if part in ("\x0e", "\x0f"):
                letters = part == "\x0e"
            elif part.startswith("\x1b[") and part.endswith("m"):
                style = changed(style, part[2:-1])
            elif not part.startswith("\x1b"):
                add_characters(row, part.translate(LINE_LETTERS) if letters else part, style)
        rows.append(row)
    return rows


# ---- drawing ----

def number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")


class Picture:
    """Shapes by colour, so that a row of blocks is one path, and words."""

    def __init__(self):
        self.behind = {}  # background: rectangles
        self.shapes = {}
        self.dots = {}
        self.words = []

    def rectangle(self, layer, colour, x, y, width, height):
        """Joined with the one left of it where they meet: no seam shows."""
        row = layer.setdefault(colour, [])
        if row and row[-1][1] == y and row[-1][3] == height and abs(row[-1][0] + row[-1][2] - x) < 1e-6:
            row[-1] = (row[-1][0], y, row[-1][2] + width, height)
        else:
            row.append((x, y, width, height))

    def cell(self, cell, x, y):
        front, back = cell.style.colours()
        if back != BACKGROUND:
            self.rectangle(self.behind, back, x, y, cell.width * CELL_WIDTH, CELL_HEIGHT)
        if cell.style.underlined:
            self.rectangle(self.shapes, front, x, y + BASELINE + 2, cell.width * CELL_WIDTH, 1)
        if not self.draw(cell.text, front, back, x, y):
            self.words.append((cell, front, x, y))

    def draw(self, character, front, back, x, y):
        """Whether the character is drawn as a shape."""
        code = ord(character[0])
        if character == " ":
            return True
        if character in ARMS:
            self.lines(ARMS[character], front, x, y)
        elif 0x2800 <= code <= 0x28ff:
            self.braille(code - 0x2800, front, x, y)
        elif character in SHADES:
            self.rectangle(self.shapes, mixed(front, back, SHADES[character]), x, y, CELL_WIDTH, CELL_HEIGHT)
        elif 0x2580 <= code <= 0x259f:
            self.block(character, code, front, x, y)
        else:
            return False
        return True

    def lines(self, arms, colour, x, y):
        left, right, up, down = arms
        middle_x, middle_y = x + CELL_WIDTH // 2, y + CELL_HEIGHT // 2
        # The last arm of a corner has its very middle, too.
        to_x = middle_x + (0 if right else max(up, down))
        to_y = middle_y + (0 if down else max(left, right))
        for thickness, from_x, from_y, width, height in ((left, x, middle_y, to_x - x, left),
                                                         (right, middle_x, middle_y, x + CELL_WIDTH - middle_x, right),
                                                         (up, middle_x, y, up, to_y - y),
                                                         (down, middle_x, middle_y, down, y + CELL_HEIGHT - middle_y)):
            if thickness:
                self.rectangle(self.shapes, colour, from_x, from_y, width, height)

    def braille(self, bits, colour, x, y):
        """Dots 1, 2, 3, 7 go down on the left, 4, 5, 6, 8 on the right (ISO/IEC 11548-1)."""
        dots = self.dots.setdefault(colour, [])
        for bit, (column, row) in enumerate(((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))):
            if bits >> bit & 1:
                dots.append((x + (column + 0.5) * CELL_WIDTH / 2, y + (row + 0.5) * CELL_HEIGHT / 4))

    def block(self, character, code, colour, x, y):
        width, height = CELL_WIDTH, CELL_HEIGHT
        if character in QUARTERS:
            for bit in range(4):
                if QUARTERS[character] >> bit & 1:
                    left, top = x + bit % 2 * width / 2, y + bit // 2 * height / 2
                    self.rectangle(self.shapes, colour, left, top, width / 2, height / 2)
        elif character in "▀▔":
            self.rectangle(self.shapes, colour, x, y, width, height / (2 if character == "▀" else 8))
        elif character in "▐▕":
            part = width / (2 if character == "▐" else 8)
            self.rectangle(self.shapes, colour, x + width - part, y, part, height)
        elif code <= 0x2588:  # so many eighths from below
            part = height * (code - 0x2580) / 8
            self.rectangle(self.shapes, colour, x, y + height - part, width, part)
        else:  # eighths from the left
            self.rectangle(self.shapes, colour, x, y, width * (0x2590 - code) / 8, height)

    def texts(self):
        """Words: neighbours of one style on one row, each word stretched to its cells."""
        words = []
        for cell, colour, x, y in self.words:
            last = words[-1] if words else None
            if last and last["end"] == x and last["y"] == y and last["look"] == (cell.style, colour):
                last["text"] += cell.text
            else:
                last = {"text": cell.text, "x": x, "y": y, "look": (cell.style, colour)}
                words.append(last)
            last["end"] = x + cell.width * CELL_WIDTH
        for word in words:
            style, colour = word["look"]
            look = ' font-weight="bold"' * style.bold + ' font-style="italic"' * style.italic
            yield (f'<text x="{word["x"]}" y="{word["y"] + BASELINE}" textLength="{word["end"] - word["x"]}" '
                   f'lengthAdjust="spacingAndGlyphs" fill="{colour}"{look}>{escape(word["text"])}</text>')

    def parts(self):
        for layer in (self.behind, self.shapes):
            for colour, rectangles in layer.items():
                path = "".join(f"M{number(x)} {number(y)}h{number(w)}v{number(h)}h{number(-w)}z"
                               for x, y, w, h in rectangles)
                yield f'<path shape-rendering="crispEdges" fill="{colour}" d="{path}"/>'
        for colour, dots in self.dots.items():  # lines of no length with round ends
            path = "".join(f"M{number(x)} {number(y)}h0" for x, y in dots)
            yield f'<path stroke="{colour}" stroke-width="{DOT}" stroke-linecap="round" d="{path}"/>'
        yield from self.texts()


def svg_of(text, columns=0, title=""):
    """The picture of a captured screen, at least so many columns wide."""
    rows = read_screen(text)
    columns = max([columns] + [sum(cell.width for cell in row) for row in rows])
    width, height = columns * CELL_WIDTH + 2 * MARGIN, len(rows) * CELL_HEIGHT + 2 * MARGIN
    picture = Picture()
    for line, row in enumerate(rows):
        column = 0
        for cell in row:
            picture.cell(cell, MARGIN + column * CELL_WIDTH, MARGIN + line * CELL_HEIGHT)
            column += cell.width
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" '
            f'font-size="{FONT_SIZE}">')
    parts = [head, f"<title>{escape(title)}</title>" if title else "",
             f'<rect width="{width}" height="{height}" rx="6" fill="{BACKGROUND}"/>', *picture.parts(), "</svg>"]
    return "\n".join(part for part in parts if part) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file", nargs="?", help="what tmux capture-pane -e -p wrote (stdin)")
    parser.add_argument("--columns", type=int, default=0, help="of the terminal (as wide as the longest row)")
    parser.add_argument("--title", default="", help="what the picture shows, for those who do not see it")
    arguments = parser.parse_args()
    with open(arguments.file or 0, encoding="utf-8") as file:
        sys.stdout.write(svg_of(file.read(), arguments.columns, arguments.title))


if __name__ == "__main__":
    main()
