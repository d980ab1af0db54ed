"""Whether each shipped definition finds whom it asks for, in worlds where the truth is known.

Reads what `tertius demo` made (a workspace, and truth.json beside it) and the product's exports; prints one JSON line a world.
AUC is the chance that somebody planted stands above somebody else of the definition's population, ties a half. People without
a score stand below everybody with one. Population: people who take part in an interaction and on whose side the definition asks.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import duckdb
import numpy as np

# Who is planted for each question, and which roles it asks about.
ASKED = {
    "newcomers": ("advocates", {"customer", "partner", "prospect", "public"}),
    "helpers": ("helpers", {"customer", "partner", "prospect", "public"}),
    "openers": ("brokers", {"employee", "customer", "partner", "prospect", "public"}),
    "early": ("early_adopters", {"employee", "customer", "partner", "prospect", "public"}),
    "hosts": ("hosts", {"employee"}),
    "general": (None, {"employee", "customer", "partner", "prospect", "public"}),
}
BASELINES = pathlib.Path(__file__).parent / "baselines.toml"


def auc(scores, positive):
    """The chance that a positive stands above a negative, ties a half; None without both."""
    scores, positive = np.asarray(scores, dtype=float), np.asarray(positive, dtype=bool)
    if not positive.any() or positive.all():
        return None
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    values = scores[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    ends = np.r_[starts[1:], len(values)]
    for start, end in zip(starts, ends):
        ranks[order[start:end]] = (start + end + 1) / 2
    p, n = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - p * (p + 1) / 2) / (p * n))


class World:
    """One simulated world as the product sees it, beside the truth."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.truth = json.loads((folder / "world" / "truth.json").read_text(encoding="utf-8"))
        self.base = duckdb.connect()
        people = self.export("people")
        rows = self.base.execute(f"select distinct person::varchar, unnest(string_split(accounts, ' ')) from read_parquet('{people}') where accounts is not null").fetchall()
        self.person_of = {account: person for person, account in rows}
        self.sides = dict(self.base.execute(f"select person::varchar, max(coalesce(side, 'outside')) from read_parquet('{people}') group by 1").fetchall())

    def export(self, what, *arguments, name=None):
        path = self.folder / f"{name or what}.parquet"
        command = [self.binary, "--quiet", "--workspace", self.folder / "workspace", "export", what, "--to", path, *arguments]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        return path

    def planted(self, kind):
        """Persons, by the product's ids, in whom `kind` was planted."""
        numbers = set(self.truth["planted"][kind])
        listed = [one for one in self.truth["people"] if one["person"] in numbers]
        return {self.person_of[account] for one in listed for account in one["accounts"] if account in self.person_of}

    def moved(self):
        """The sampled people by product id with the reactions that would be missing without them."""
        found = {}
        for one in self.truth["people"]:
            known = {self.person_of[account] for account in one["accounts"] if account in self.person_of}
            if one["sampled"] and "expected" in one:
                for person in known:
                    found[person] = one["expected"]["net"]["mean"]
        return found

    def columns(self):
        """What people would be ordered by without a definition: in-degree, volume, PageRank."""
        signals = self.export("signals", "--definition", BASELINES, name="baselines")
        rows = self.base.execute(f"""select person::varchar, coalesce("reach.engagers", 0), coalesce("authority.rank", 0) from read_parquet('{signals}')""").fetchall()
        degree = {person: value for person, value, _ in rows}
        rank = {person: value for person, _, value in rows}
        interactions = self.export("interactions")
        acted = self.base.execute(f"select actor, count(*) from read_parquet('{interactions}') where visibility <> 'private' and verb <> 'follow' group by 1").fetchall()
        volume = {}
        for account, count in acted:
            person = self.person_of.get(account)
            volume[person] = volume.get(person, 0) + count
        return {"in-degree": degree, "volume": volume, "PageRank": rank}

    def scores(self):
        path = self.export("scores")
        rows = self.base.execute(f"select definition, person::varchar, max(score) from read_parquet('{path}') where score is not null group by 1, 2").fetchall()
        scores = {}
        for definition, person, score in rows:
            scores.setdefault(definition, {})[person] = score
        return scores


def judge(world):
    """AUC of each definition and of the baselines; and how schemes and the pile-on fared."""
    columns, scores = world.columns(), world.scores()
    present = set(columns["in-degree"]) | set(columns["volume"])
    # The firm's own accounts, bots, news desks and fakes are no people of the world.
    schemes = world.truth["schemes"]
    nobody = {world.person_of.get(account) for account in schemes["house"] + schemes["systems"] + schemes["media"]}
    nobody |= {world.person_of.get(a) for pair in schemes["bought_followers"] + schemes["farms"] for a in pair[1]}
    found = {}
    for definition, (kind, roles) in ASKED.items():
        if definition not in scores:
            continue
        inside = roles == {"employee"}
        asked = [
            person
            for person in sorted(p for p in present if p)
            if person not in nobody and (world.sides.get(person, "outside") == "inside") <= ("employee" in roles)
            and (not inside or world.sides.get(person) == "inside")
        ]
        if kind:
            targets = world.planted(kind)
        else:
            moved = world.moved()
            asked = [person for person in asked if person in moved]
            top = np.quantile([moved[person] for person in asked], 0.9) if asked else 0
            targets = {person for person in asked if moved[person] >= top}
        positive = [person in targets for person in asked]
        ours = scores[definition]
        rows = {"score": [ours.get(person, -1.0) for person in asked]}
        rows |= {name: [values.get(person, 0.0) for person in asked] for name, values in columns.items()}
        found[definition] = {name: auc(values, positive) for name, values in rows.items()}
        found[definition]["people"] = len(asked)
        found[definition]["sought"] = int(sum(positive))
        found[definition]["scored"] = sum(1 for person in asked if person in ours and person in targets)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    options = parser.parse_args()
    json.dump(judge(World(options.binary, options.folder)), sys.stdout)


main()
