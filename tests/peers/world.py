"""A generated network of a million ties, as native NDJSON: everything that a projection has to get right, seeded.

Besides plain interactions it has: posts with reshares (some by the author), replies that mention whom they reply to,
follows and unfollows, interactions with oneself, repeated lines, weights, rows older than the window, undos (also by
others, which don't count) and deletes, and private and community rows.
"""

import datetime
import json

import numpy as np

PEOPLE = 120_000
TIES = 1_150_000
DAY = 86_400
END = 1_780_000_000
VERBS = np.array(["reshare", "reply", "mention", "like", "quote", "endorse"])


def write(path, seed=7, people=PEOPLE, ties=TIES):
    """Writes the file; the same seed writes the same bytes. Returns the number of lines."""
    with open(path, "w", encoding="utf-8") as out:
        writer = _Writer(out)
        for rows in (_interactions, _posts, _doubles, _follows, _taken_back):
            rows(np.random.default_rng([seed, people, ties]), writer, people, ties)
    return writer.lines


class _Writer:
    """Lines of NDJSON; every hundredth is written twice."""

    def __init__(self, out):
        self.out = out
        self.lines = 0

    def row(self, at, verb, actor, target=None, **more):
        """Writes one interaction with an id of its own."""
        stamp = datetime.datetime.fromtimestamp(int(at), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        fields = {"id": f"i{self.lines}", "at": stamp, "network": "example", "verb": verb, "actor": f"u{actor}"}
        if target is not None:
            fields["target"] = f"u{target}"
        fields.update(more)
        line = json.dumps(fields) + "\n"
        self.out.write(line)
        if self.lines % 100 == 0:
            self.out.write(line)
        self.lines += 1
        return fields["id"]


def _skewed(rng, people, count):
    """Numbers of people, the small ones far more often."""
    return (people * rng.random(count) ** 2.5).astype(int)


def _times(rng, count, days=170):
    return END - rng.integers(0, days * DAY, count)


def _interactions(rng, writer, people, ties):
    """The bulk: a fifth of the ties returned, some pairs several times, some with themselves, some too old."""
    actors = rng.integers(0, people, ties)
    targets = _skewed(rng, people, ties)
    back = ties // 6
    actors = np.concatenate([actors, targets[:back], actors[:back]])
    targets = np.concatenate([targets, actors[:back], targets[:back]])
    count = len(actors)
    times = _times(rng, count, 200)
    verbs = VERBS[rng.integers(0, len(VERBS), count)]
    weights = np.where(rng.random(count) < 0.1, np.round(rng.random(count) * 3, 3), 1.0)
    levels = np.array(["public", "community", "private"])[rng.choice(3, count, p=[0.9, 0.06, 0.04])]
    columns = zip(times.tolist(), verbs.tolist(), actors.tolist(), targets.tolist(), weights.tolist(), levels.tolist())
    for at, verb, actor, target, weight, level in columns:
        writer.row(at, verb, actor, target, weight=weight, visibility=level)


def _posts(rng, writer, people, ties):
    """Posts of authors with rates of their own, reshared by others or by the author."""
    for author in rng.choice(people, min(people, ties) // 20, replace=False).tolist():
        rate = rng.beta(0.8, 4.0)
        for _ in range(int(rng.integers(1, 12))):
            at = int(_times(rng, 1)[0])
            post = f"post-{writer.lines}"
            writer.row(at, "post", author, object=post)
            if rng.random() < rate:
                for _ in range(int(rng.integers(1, 3))):
                    later = min(END, at + int(rng.integers(60, 3 * DAY)))
                    writer.row(later, "reshare", int(rng.integers(0, people)), author, object=post)
            if rng.random() < 0.05:
                writer.row(min(END, at + 60), "reshare", author, author, object=post)


def _doubles(rng, writer, people, ties):
    """One post that replies to a person, and mentions the same person: one act, stated twice."""
    for actor, target, at in zip(
        rng.integers(0, people, ties // 50).tolist(),
        _skewed(rng, people, ties // 50).tolist(),
        _times(rng, ties // 50).tolist(),
    ):
        post = f"double-{writer.lines}" if rng.random() < 0.7 else None
        more = {"object": post} if post else {}
        writer.row(at, "reply", actor, target, **more)
        writer.row(at, "mention", actor, target, **more)
        if rng.random() < 0.2:
            writer.row(at, "mention", actor, target, weight=0.25, **more)


def _follows(rng, writer, people, ties):
    """Follows, some of them ended, some taken up again; some at the very same second."""
    for actor, target, at in zip(
        rng.integers(0, people, ties // 10).tolist(),
        _skewed(rng, people, ties // 10).tolist(),
        _times(rng, ties // 10, 900).tolist(),
    ):
        writer.row(at, "follow", actor, target)
        fate = rng.random()
        if fate < 0.2:
            writer.row(min(END, at + int(rng.integers(0, 3)) * DAY), "unfollow", actor, target)
        if fate < 0.05:
            writer.row(min(END, at + 5 * DAY), "follow", actor, target)


def _taken_back(rng, writer, people, ties):
    """Undos by the actor and by others, deletes, and undos of follows; some stand before what they undo."""
    for number in range(ties // 200):
        actor, target = int(rng.integers(0, people)), int(_skewed(rng, people, 1)[0])
        at = int(_times(rng, 1)[0])
        verb = ["reshare", "like", "follow", "reply"][number % 4]
        how = rng.random()
        if how < 0.2:
            # The undo is written first: it names the id that the next line will have.
            writer.row(min(END, at + DAY), "undo", actor, object=f"i{writer.lines + 1}")
            writer.row(at, verb, actor, target)
            continue
        undone = writer.row(at, verb, actor, target)
        if how < 0.6:
            writer.row(min(END, at + DAY), "undo", actor, object=undone)
        elif how < 0.75:
            writer.row(min(END, at + DAY), "undo", (actor + 1) % people, object=undone)
        elif how < 0.95:
            writer.row(min(END, at + DAY), "delete", actor, object=undone)
