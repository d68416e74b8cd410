#!/usr/bin/env python3
"""The tables of docs/BENCHMARKS.md from what scripts/gpu-check wrote: scripts/gpu_table.py DIR/bench.json.

Prints, as Markdown, the whole forward pass by path and profile, each product beside the library's on the same
shape, and how far the figures asked for were met. A figure that a run did not give is a dash.
"""

import json
import sys

DASH = "–"
WHOLE_HEAD = ["path", "profile", "group", "rate", "TMAC/s", "cublasLt", "products", "end to end", "weights",
              "first batch", "host"]
PRODUCT_HEAD = ["path", "profile", "product", "rows x outputs x inputs", "TMAC/s", "cublasLt", "ratio"]


def number(value, digits=0, unit=""):
    return DASH if value is None else f"{value:.{digits}f}{unit}"


class Run:
    """One run of the yardstick: lines of products, of a layer, and of the whole pass."""

    def __init__(self, run):
        lines = run.get("lines", [])
        self.profile = run["profile"]
        self.asked_for = run["path"]
        self.status = run["status"]
        self.products = [line for line in lines if "product" in line]
        self.layer = next((line for line in lines if "layer" in line), {})
        self.whole = next((line for line in lines if "nonces_per_second" in line), {})

    def path(self):
        taken = self.whole.get("path") or next((line.get("path") for line in self.products), None)
        return f"{taken} (auto)" if taken and self.asked_for == "auto" else taken or self.asked_for

    def products_ratio(self):
        """The library's time for a layer's products to ours."""
        ours, library = self.layer.get("us"), self.layer.get("library_us")
        return library / ours if ours and library else None

    def worst_product(self):
        return min((line["ratio"] for line in self.products if "ratio" in line), default=None)

    def rates(self):
        """Nonces and TMAC a second of the host's clock, where the yardstick gives it; else of the card's."""
        rate, macs = self.whole["nonces_per_second"], self.whole.get("tmac_per_second")
        wall = self.whole.get("wall_tmac_per_second")
        return (rate * wall / macs, wall) if wall and macs else (rate, macs)

    def whole_row(self):
        line = self.whole
        if not line:
            return [self.path(), self.profile] + [DASH] * 8 + [f"failed, status {self.status}"]
        rate, macs = self.rates()
        return [self.path(), self.profile, number(line.get("group")),
                number(rate, 0 if rate >= 1000 else 1, " nonces/s"), number(macs, 1),
                number(line.get("library_tmac_per_second"), 1), number(self.products_ratio(), 2),
                number(line.get("ratio"), 2), number(line.get("weights_ms"), 1, " ms"),
                number(line.get("first_batch_ms"), 1, " ms"), number(line.get("host_core_percent"), 1, " %")]

    def product_rows(self):
        for line in self.products:
            shape = " x ".join(str(line.get(name, "?")) for name in ("rows", "outputs", "inputs"))
            yield [self.path(), self.profile, line["product"], shape, number(line.get("tmac_per_second"), 1),
                   number(line.get("library_tmac_per_second"), 1), number(line.get("ratio"), 2)]


def bars(run):
    """(what, asked, measured, met) for a run of base on the path that is taken by itself."""
    def bar(what, value, limit, at_least, digits, unit=""):
        sign = "at least" if at_least else "at most"
        met = None if value is None else value >= limit if at_least else value <= limit
        return [what, f"{sign} {limit:g}{unit}", number(value, digits, unit),
                DASH if met is None else "yes" if met else "no"]

    line = run.whole
    return [bar("products of a layer to cublasLt's", run.products_ratio(), 0.90, True, 2),
            bar("the slowest product to cublasLt's", run.worst_product(), 0.90, True, 2),
            bar("end to end to cublasLt's products", line.get("ratio"), 0.80, True, 2),
            bar("weights", line.get("weights_ms"), 50, False, 1, " ms"),
            bar("first batch", line.get("first_batch_ms"), 100, False, 1, " ms"),
            bar("host, of one core", line.get("host_core_percent"), 2, False, 1, " %")]


def table(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def title(machine, runs):
    card = next(iter(machine.get("cards", [])), {})
    name = next((run.whole["device"] for run in runs if "device" in run.whole), card.get("name", "unknown card"))
    facts = [f"driver {card.get('driver_version', DASH)}", f"toolkit {machine.get('toolkit') or DASH}",
             f"clocks up to {card.get('clocks_max_sm', DASH)} and {card.get('clocks_max_memory', DASH)} MHz "
             f"(memory), {card.get('clocks_sm', DASH)} MHz after the last run",
             f"power limit {card.get('power_limit', DASH)} W", machine.get("compiler") or DASH,
             f"commit {machine.get('commit') or DASH}"]
    libraries = sorted({line["library"] for run in runs for line in run.products if "library" in line})
    return f"### {machine.get('date', DASH)}: {name}\n\n" + ", ".join(facts + libraries)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as file:
        bench = json.load(file)
    runs = [Run(run) for run in bench["runs"]]
    print(title(bench["machine"], runs) + "\n")
    print(table(WHOLE_HEAD, [run.whole_row() for run in runs]) + "\n")
    print(table(PRODUCT_HEAD, [row for run in runs for row in run.product_rows()]))
    for run in runs:
        if run.asked_for == "auto" and run.profile == "base":
            print("\n" + table(["on base", "asked", "measured", "met"], bars(run)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
