"""Virality, wake and lead from exported interactions and ties, as plainly as they can be written.

Trees are measured by networkx. There are two small worlds. In one, posts travel by reshares of reshares, quotes and replies among
people who follow each other. In the other, circles of people who all know each other take up items of a news desk, so that whoever
looks for communities must find the circles.
"""

import collections
import datetime
import json
import math
import time

import duckdb
import networkx
import numpy as np
from product import Product

END = 1_780_000_000
DAY = 86_400
NEVER = 1 << 62
WEIGHTS = {"post": 1.0, "reshare": 1.0, "reply": 0.3, "mention": 0.3, "like": 0.05, "quote": 0.25}
MAKES_A_POST = {"post", "quote", "reply", "mention"}
EXPLAINED, HALF_LIFE, HORIZON = 0.71, DAY, 30 * DAY
CIRCLE = 10


class _Writer:
    """Lines of NDJSON in any order of time."""

    def __init__(self, out):
        self.out = out
        self.lines = 0

    def row(self, at, verb, actor, target=None, **more):
        """Writes one interaction; returns its id."""
        stamp = datetime.datetime.fromtimestamp(int(at), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        identity = more.pop("own", None) or f"i{self.lines}"
        fields = {"id": identity, "at": stamp, "network": "example", "verb": verb, "actor": actor, **more}
        if target is not None:
            fields["target"] = target
        self.out.write(json.dumps(fields) + "\n")
        self.lines += 1
        return identity


def write_cascades(path, seed=11, people=500, posts=700):
    """Posts that travel; no two actions in one cascade happen at the same second."""
    rng = np.random.default_rng(seed)
    with open(path, "w", encoding="utf-8") as out:
        writer = _Writer(out)
        follows = collections.defaultdict(set)
        for follower, followed in rng.integers(0, people, (people * 8, 2)).tolist():
            if follower != followed:
                at = END - int(rng.integers(DAY, 400 * DAY))
                writer.row(at, "follow", f"v{follower}", f"v{followed}")
                follows[followed].add(follower)
                if rng.random() < 0.1:
                    writer.row(min(END, at + int(rng.integers(0, 300)) * DAY), "unfollow", f"v{follower}", f"v{followed}")
        for _ in range(posts):
            author = int(rng.integers(0, people))
            at = END - int(rng.integers(5 * DAY, 170 * DAY))
            post = f"p{writer.lines}"
            writer.row(at, "post", f"v{author}", object=post, own=post)
            _travel(rng, writer, follows, author, at, post)
        writer.row(END, "mention", "v0", "v1")


def _travel(rng, writer, follows, author, at, post):
    """From carrier to carrier: who shows what to whom."""
    taken = {at}
    waiting, reached = [(author, at, post, author, None)], {author}
    while waiting and len(reached) < 60:
        carrier, since, shown, owner, via = waiting.pop(0)
        for viewer in sorted(follows[carrier] - reached):
            if rng.random() > 0.25:
                continue
            reached.add(viewer)
            later = since + 1 + int(rng.exponential(0.7 * DAY))
            while later in taken:
                later += 1
            taken.add(later)
            later = min(later, END - 1)
            how = rng.random()
            if how < 0.45:
                more = {"in_reply_to": via} if via else {}
                own = writer.row(later, "reshare", f"v{viewer}", f"v{owner}", object=shown, **more)
                waiting.append((viewer, later, shown, owner, own))
            elif how < 0.6:
                own = f"p{writer.lines}"
                writer.row(later, "quote", f"v{viewer}", f"v{owner}", object=own, in_reply_to=shown, own=own)
                waiting.append((viewer, later, own, viewer, None))
            elif how < 0.8:
                own = f"p{writer.lines}"
                writer.row(later, "reply", f"v{viewer}", f"v{owner}", object=own, in_reply_to=shown, own=own)
            else:
                writer.row(later, "like", f"v{viewer}", f"v{owner}", object=shown)


def write_circles(path, seed=12, circles=30, items=300):
    """Circles who take up items, some of their people sooner than others; a few at the same second."""
    rng = np.random.default_rng(seed)
    haste = rng.exponential(1.0, circles * CIRCLE)
    with open(path, "w", encoding="utf-8") as out:
        writer = _Writer(out)
        for circle in range(circles):
            members = range(circle * CIRCLE, (circle + 1) * CIRCLE)
            for one in members:
                for other in members:
                    if one != other:
                        writer.row(END - 100 * DAY + one, "mention", f"c{one}", f"c{other}")
        for _ in range(items):
            at = END - int(rng.integers(0, 90 * DAY))
            item = f"p{writer.lines}"
            writer.row(at, "post", f"desk{rng.integers(0, 3)}", object=item, own=item)
            for circle in rng.choice(circles, 6, replace=False).tolist():
                for one in rng.choice(CIRCLE, int(rng.integers(1, 7)), replace=False).tolist():
                    member = circle * CIRCLE + one
                    later = min(END, at + 60 * int(haste[member] * rng.exponential(60.0)))
                    verb = "like" if rng.random() < 0.5 else "reshare"
                    writer.row(later, verb, f"c{member}", object=item)
        writer.row(END, "mention", "c0", "c1")


class Told:
    """What the exports tell: rows in order of time, following, ties, and the signals' columns by person."""

    def __init__(self, interactions, people, ties, signals):
        base = duckdb.connect()
        base.execute("set timezone = 'UTC'")

        def rows(query, path):
            return base.execute(query, {"path": str(path)}).fetchall()

        self.person = {}
        for person, accounts in rows("select person::varchar, accounts from read_parquet($path)", people):
            self.person.update((account, person) for account in accounts.split(" "))
        query = """select epoch_us("at") // 1000000, network || ':' || id as id, verb, actor, target, network || ':' || object,
                   network || ':' || in_reply_to from read_parquet($path) order by "at", actor"""
        told = [(at, own, verb, self.person[actor], self.person.get(target), post, parent)
                for at, own, verb, actor, target, post, parent in rows(query, interactions)]
        self.rows = [row for row in told if not row[2].endswith("follow")]
        self.as_of = max(row[0] for row in told)
        self.follows = _spans([row for row in told if row[2].endswith("follow")])
        query = """select source::varchar, target::varchar, epoch_us("first") // 1000000 from read_parquet($path)"""
        self.engaged = {(source, target): first for source, target, first in rows(query, ties)}
        table = base.execute("select * from read_parquet($path)", {"path": str(signals)}).fetchnumpy()
        self.people = np.ma.getdata(table.pop("person")).astype(str)
        self.columns = {name: np.ma.filled(np.ma.asarray(column).astype(float), np.nan) for name, column in table.items()}
        self.up, self.author = {}, {}
        for _, own, verb, actor, _, post, parent in self.rows:
            if verb == "reshare":
                self.up.setdefault(own, (post, "reshare"))
                self.author.setdefault(own, actor)
            elif verb in MAKES_A_POST and post:
                self.author.setdefault(post, actor)
                if parent:
                    self.up.setdefault(post, (parent, verb))

    def root(self, post, verbs):
        """The post that one goes back to by quotes, replies... and by reshares."""
        while post in self.up and self.up[post][1] in verbs | {"reshare"}:
            post = self.up[post][0]
        return post

    def firsts(self, about):
        """For each post that `about` gives, the first row of each person, in order of time."""
        groups = collections.defaultdict(dict)
        for row in self.rows:
            post = about(row)
            if post is not None:
                groups[post].setdefault(row[3], row)
        return {post: list(first.values()) for post, first in groups.items()}

    def column(self, values):
        """A column over the people, NaN for whoever is missing."""
        return np.array([values.get(person, math.nan) for person in self.people])


def _spans(rows):
    """Since and until when one person follows another."""
    spans, since = collections.defaultdict(list), {}
    for at, _, verb, actor, target, _, _ in sorted(rows, key=lambda row: (row[0], row[2])):
        if verb == "follow":
            since.setdefault((actor, target), at)
        elif (actor, target) in since:
            spans[actor, target].append((since.pop((actor, target)), at))
    for pair, at in since.items():
        spans[pair].append((at, NEVER))
    return spans


def compare(report, options, definition, folder):
    """Both worlds."""
    for name, write, against in [("cascades", write_cascades, [virality, wake]), ("circles", write_circles, [lead])]:
        here = folder(options, name)
        source = here / "rows.ndjson"
        write(source)
        product = Product(options.binary, here / "workspace")
        counts = product.ingest(source)
        assert counts["rejected"] == 0 and counts["duplicates"] == 0, counts
        with_definition = ["--definition", definition]
        paths = [here / f"{what}.parquet" for what in ("interactions", "people", "ties", "signals")]
        for path in paths:
            arguments = with_definition if path.stem in ("ties", "signals") else []
            product.run("export", path.stem, "--to", path, *arguments)
        told = Told(*paths)
        for one in against:
            one(report, name, told)


def virality(report, data, told):
    """The mean distance in the trees of those who pass something on."""
    started = time.perf_counter()
    passed_on = {"reshare": 5, "quote": 6}

    def about(row):
        return told.root(row[passed_on[row[2]]], {"quote"}) if row[2] in passed_on else None

    distances = collections.defaultdict(list)
    for post, rows in told.firsts(about).items():
        author = told.author[post]
        tree, since = networkx.Graph(), {}
        for at, _, verb, actor, target, shown, parent in rows:
            if actor == author:
                continue
            candidates = [told.author.get(parent), target, told.author.get(shown) if verb == "reshare" else None]
            hangs_on = next((one for one in candidates if one == author or since.get(one, at) < at), author)
            tree.add_edge(hangs_on, actor)
            since[actor] = at
        if len(tree) >= 3:
            distances[author].append(networkx.average_shortest_path_length(tree))
    theirs = told.column({author: sum(values) / len(values) for author, values in distances.items()})
    report.equal(data, "amplification.virality", "networkx", told.columns["amplification.virality"], theirs, started)


def wake(report, data, told):
    """Credit forward in time: for every action, what everybody before has of it."""
    started = time.perf_counter()

    def about(row):
        post = row[5] or row[6]
        return told.root(post, MAKES_A_POST) if post else None

    credit = dict.fromkeys(told.people.tolist(), 0.0)
    for rows in told.firsts(about).values():
        shares = []
        for place, (at, _, verb, actor, _, post, parent) in enumerate(rows):
            above = parent or (None if verb in MAKES_A_POST else post)
            weights = {}
            for before, (then, _, _, other, *_) in enumerate(rows[:place]):
                follows = any(since < at <= until for since, until in told.follows.get((actor, other), []))
                known = follows or told.engaged.get((actor, other), NEVER) < at
                if then < at and (known and at - then <= HORIZON or told.author.get(above) == other):
                    weights[before] = 2.0 ** ((then - at) / HALF_LIFE)
            assert len(weights) <= 32, "this world is meant to stay below the bound"
            mine = collections.Counter()
            for before, weight in weights.items():
                part = EXPLAINED * weight / sum(weights.values())
                mine[rows[before][3]] += part
                for person, share in shares[before].items():
                    mine[person] += part * share
            shares.append(mine)
            for person, share in mine.items():
                if person in credit:
                    credit[person] += WEIGHTS[verb] * share
    report.equal(data, "advocacy.wake", "python", told.columns["advocacy.wake"], told.column(credit), started)


def lead(report, data, told):
    """Followers over forerunners in each circle, by item, shrunk by moments."""
    started = time.perf_counter()
    account = {person: account for account, person in told.person.items()}

    def about(row):
        return row[5] if row[2] in ("like", "reshare") else None

    parts = collections.defaultdict(list)
    for rows in told.firsts(about).values():
        circles = collections.defaultdict(list)
        for row in rows:
            circles[int(account[row[3]].split(":c")[1]) // CIRCLE].append((row[0], row[3]))
        for people in circles.values():
            if min(people)[0] >= told.as_of - 2 * DAY:
                continue
            times = [at for at, _ in people]
            ahead = [math.log((1 + sum(t > at for t in times)) / (1 + sum(t < at for t in times))) for at in times]
            d = [one - sum(ahead) / len(ahead) for one in ahead]
            for (_, person), one in zip(people, d):
                parts[person].append((one, sum(x * x for x in d) / len(d)))
    noise = sum(v for values in parts.values() for _, v in values)
    between = sum((sum(d for d, _ in values) ** 2 - sum(v for _, v in values)) / len(values) for values in parts.values())
    assert between > 0, "this world is meant to hold differences"
    theirs = {person: sum(d for d, _ in values) / (len(values) + noise / between) for person, values in parts.items()}
    report.equal(data, "early.lead", "python", told.columns["early.lead"], told.column(theirs), started)
