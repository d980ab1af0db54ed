"""Whether each shipped definition finds whom it asks for, in a world where the truth is known.

Reads what `tertius demo --into FOLDER` made (a workspace, and truth.json beside it) and the product's exports; prints one JSON
document. Two questions are asked of each definition, over the people on whose side it asks:

- *outcome*: of people drawn by lot (all employees for `hosts`), are the twentieth with the largest expected outcome above the others?
  The outcome is counted by simulation over 50 pairs of worlds: newcomers brought, questions settled, and so on.
- *planted*: are the people in whom the trait was planted above those drawn by lot?

The answer is AUC, the chance that one sought stands above one not sought, ties a half. Whoever has no score stands below everybody
who has one, and whoever takes no part stands there too. Whoever refuses to be scored is not asked about. Somebody whose accounts
nobody has joined counts as their best account.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys

import duckdb
import numpy as np

OUTSIDE = {"customer", "partner", "prospect", "public"}
EVERYBODY = OUTSIDE | {"employee"}


def outcome(*names):
    """The expected outcome of that name, less the one of the second name if there is one."""
    return lambda expected: expected[names[0]]["mean"] - sum(expected[name]["mean"] for name in names[1:])


# For each definition: the outcome that it asks about, who is planted for it, and whom it asks about.
ASKED = {
    "newcomers": (outcome("newcomers"), "advocates", OUTSIDE),
    "helpers": (outcome("helped"), "helpers", OUTSIDE),
    "openers": (outcome("doors"), "brokers", EVERYBODY),
    "early": (outcome("spotted", "misjudged"), "early_adopters", EVERYBODY),
    "hosts": (outcome("hosted"), "hosts", {"employee"}),
    "general": (outcome("net"), None, EVERYBODY),
}
BASELINES = pathlib.Path(__file__).parent / "baselines.toml"
TOP = 0.05


def auc(values, sought):
    """The chance that one sought stands above one not sought, ties a half; None without both."""
    values, sought = np.asarray(values, dtype=float), np.asarray(sought, dtype=bool)
    if not sought.any() or sought.all():
        return None
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    p, n = sought.sum(), (~sought).sum()
    return float((ranks[sought].sum() - p * (p + 1) / 2) / (p * n))


class World:
    """One simulated world as the product sees it, beside the truth."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.base = duckdb.connect()
        people = self.export("people")
        rows = self.base.execute(f"""
            select distinct person::varchar, unnest(string_split(accounts, ' '))
            from read_parquet('{people}') where accounts is not null""").fetchall()
        self.person_of = {account: person for person, account in rows}
        truth = json.loads((folder / "world" / "truth.json").read_text(encoding="utf-8"))
        refusing = {account for account in self.roster() if account not in self.person_of}
        self.people = [one for one in truth["people"] if "expected" in one and not refusing & set(one["accounts"])]

    def roster(self):
        """Every account that the roster names. The product shows those of whoever refuses nowhere."""
        with open(self.folder / "world" / "people.csv", newline="", encoding="utf-8") as file:
            return [account for row in csv.DictReader(file) for account in row["accounts"].split(";") if account]

    def export(self, what, *arguments, name=None):
        path = self.folder / f"{name or what}.parquet"
        command = [self.binary, "--quiet", "--workspace", self.folder / "workspace", "export", what, "--to", path, *arguments]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        return path

    def baselines(self):
        """What people would be ordered by without a definition: in-degree, PageRank, volume."""
        signals = self.export("signals", "--definition", BASELINES, name="baselines")
        rows = self.base.execute(f"""
            select person::varchar, "reach.engagers", "authority.rank" from read_parquet('{signals}')""").fetchall()
        volume = {}
        acted = self.base.execute(f"""
            select actor, count(*) from read_parquet('{self.export("interactions")}')
            where visibility <> 'private' and verb <> 'follow' group by 1""").fetchall()
        for account, count in acted:
            person = self.person_of.get(account)
            volume[person] = volume.get(person, 0) + count
        return {
            "in_degree": {person: value or 0 for person, value, _ in rows},
            "pagerank": {person: value or 0 for person, _, value in rows},
            "volume": volume,
        }

    def scores(self):
        rows = self.base.execute(f"""
            select definition, person::varchar, max(score)
            from read_parquet('{self.export("scores")}') where score is not null group by 1, 2""").fetchall()
        scores = {}
        for definition, person, score in rows:
            scores.setdefault(definition, {})[person] = score
        return scores

    def values(self, people, column):
        """The best value of each person's accounts; -1 for nobody known."""
        ids = [{self.person_of[account] for account in one["accounts"] if account in self.person_of} for one in people]
        return [max((column.get(person, -1) for person in known), default=-1) for known in ids]


def judge(world):
    columns = world.baselines()
    found = {}
    for definition, scores in world.scores().items():
        if definition not in ASKED:
            continue
        result, kind, roles = ASKED[definition]
        asked = [one for one in world.people if one["role"] in roles]
        lot = asked if roles == {"employee"} else [one for one in asked if one["sampled"]]
        results = np.array([result(one["expected"]) for one in lot])
        top = (results >= np.quantile(results, 1 - TOP)) & (results > 0)
        row = {"people": len(lot), "sought": int(top.sum()), "outcome": {}, "planted": {}}
        for name, column in {"score": scores, **columns}.items():
            row["outcome"][name] = auc(world.values(lot, column), top)
            if kind:
                both = [one for one in asked if one["sampled"] or kind in one["planted"] or roles == {"employee"}]
                row["planted"][name] = auc(world.values(both, column), [kind in one["planted"] for one in both])
        values = np.array(world.values(lot, scores))
        row["sought_scored"] = int((values[top] >= 0).sum())
        found[definition] = row
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    options = parser.parse_args()
    json.dump(judge(World(options.binary, options.folder)), sys.stdout)


main()
