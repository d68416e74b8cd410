#!/usr/bin/env python3
"""Joins a swarm's log with a pool's database: sprint_reconcile.py SWARM.csv POOL.db [--json]

What must hold: acknowledged = credited + voided with a cause. Exits 1 where it does not, naming the first that break it;
a right digest that was voided, or a wrong one that was credited, breaks it, too. Sprints that are not over are waited
for by whoever runs this: their shares are counted as pending, which is a failure unless --allow-pending is given.
"""

import argparse
import collections
import csv
import json
import sqlite3
import sys

SHOWN = 5


def share_states(database):
    """{(sprint id, nonce, digest): state}, of the row stored last."""
    query = """SELECT sprints.id, nonce, digest, state, closed, cancelled FROM shares
               JOIN sprints ON sprints.number = shares.sprint ORDER BY shares.id"""
    states = {}
    for sprint, nonce, digest, state, closed, cancelled in database.execute(query):
        if cancelled:
            state = "cancelled"
        elif not closed:
            state = "pending"
        states[sprint, nonce, digest] = state
    return states


def credited_twice(database):
    """Nonces of a sprint with more than one share that counts."""
    return database.execute("""SELECT sprint, nonce, count(*) FROM shares WHERE state IN ('verified', 'stored')
                               GROUP BY sprint, nonce HAVING count(*) > 1""").fetchall()


def fate_of(row, states):
    """What became of an acknowledged submit, and whether that may be."""
    state = states.get((row["sprint"], row["nonce"], row["digest"]), "missing")
    right = row["right"] == "1"
    may_be = {"verified": right, "wrong": not right, "withdrawn": True, "cancelled": True,
              "unseen": True, "forfeited": True}
    return state, may_be.get(state, False)


def reconcile(rows, states, allow_pending):
    fates = collections.Counter()
    answers = collections.Counter()
    broken = []
    for row in rows:
        answers[row["code"]] += 1
        if row["code"] != "0":
            continue
        state, fine = fate_of(row, states)
        fates[state] += 1
        if not fine and not (state == "pending" and allow_pending):
            broken.append((state, row))
    return answers, fates, broken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log")
    parser.add_argument("database")
    parser.add_argument("--allow-pending", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with sqlite3.connect(f"file:{arguments.database}?mode=ro", uri=True) as database:
        states = share_states(database)
        twice = credited_twice(database)
    with open(arguments.log, encoding="ascii", newline="") as file:
        answers, fates, broken = reconcile(csv.DictReader(file), states, arguments.allow_pending)
    if arguments.json:
        print(json.dumps({"acknowledged": answers["0"], "fates": fates, "answers": answers, "broken": len(broken)}))
    else:
        print(f"{answers['0']} acknowledged = {fates['verified']} credited + {fates['wrong']} wrong + "
              f"{fates['withdrawn']} withdrawn + {fates['cancelled']} cancelled + {fates['pending']} pending + "
              f"{fates['missing']} missing; answers {dict(answers)}")
    for state, row in broken[:SHOWN]:
        print(f"  {state}: {row}", file=sys.stderr)
    for sprint, nonce, count in twice[:SHOWN]:
        print(f"  nonce {nonce} of sprint {sprint} counts {count} times", file=sys.stderr)
    return 1 if broken or twice else 0


if __name__ == "__main__":
    sys.exit(main())
