"""An hour of public GitHub events (gharchive.org) as interactions, a roster and firms, to look at reports on a real case.

usage: gharchive.py EVENTS.json.gz FOLDER

Writes rows.ndjson, people.csv and firms/OWNER.toml for every owner in whose repositories somebody else opened or had merged a pull request. Inside is who
pushed, released, or closed or merged what others opened there in that hour; nothing else says who is. Bots are accounts that act under a name that ends in "bot" or "[bot]", or holds "-ci".
"""

import gzip
import json
import pathlib
import re
import sys


def rows_of(event):
    """Interactions of one event: (verb, actor, target, object, in_reply_to, text)."""
    kind, payload, repo = event["type"], event["payload"], event["repo"]["name"]
    actor, owner = event["actor"]["login"], repo.split("/")[0]
    thread = payload.get("issue") or payload.get("pull_request")
    post = f"{repo}#{thread['number']}" if thread else None
    if kind == "IssuesEvent" and payload["action"] == "opened":
        yield "post", actor, None, post, None, thread["title"]
    elif kind == "PullRequestEvent" and payload["action"] == "opened":
        yield "contribute", actor, owner, post, None, thread["title"]
    elif kind in ("IssueCommentEvent", "PullRequestReviewCommentEvent"):
        comment = payload["comment"]
        yield "reply", actor, thread["user"]["login"], f"{post}-{comment['id']}", post, comment["body"][:2000]
    elif kind in ("WatchEvent", "ForkEvent"):
        yield "like", actor, owner, repo + "/", None, None


def insiders(event):
    """The owner and who is seen to work for them in one event."""
    kind, payload, actor = event["type"], event["payload"], event["actor"]["login"]
    owner = event["repo"]["name"].split("/")[0]
    thread = payload.get("issue") or payload.get("pull_request") or {}
    closes = payload.get("action") == "closed" and thread.get("user", {}).get("login") != actor
    if kind in ("PushEvent", "ReleaseEvent") or closes:
        yield owner, actor


def is_bot(name):
    return re.search(r"bot$|\[bot\]$|-ci", name.lower()) is not None


def main():
    source, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    (folder / "firms").mkdir(parents=True, exist_ok=True)
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    inside, given, bots = set(), set(), set()
    with open(folder / "rows.ndjson", "w", encoding="utf-8") as out:
        for event in events:
            inside.update(insiders(event))
            owner, actor = event["repo"]["name"].split("/")[0], event["actor"]["login"]
            for number, (verb, actor, target, post, parent, text) in enumerate(rows_of(event)):
                row = dict(id=f"{event['id']}-{number}", at=event["created_at"], network="github", verb=verb, actor=actor,
                           target=target, object=post, in_reply_to=parent, text=text, visibility="public")
                out.write(json.dumps({key: value for key, value in row.items() if value is not None}) + "\n")
                bots.update(name for name in [actor] if is_bot(name) and name != owner)
            if event["type"] == "PullRequestEvent" and event["payload"]["action"] == "opened":
                given.add((owner, actor))
    with open(folder / "people.csv", "w", encoding="utf-8") as out:
        out.write("role,accounts\n")
        for owner, name in sorted(inside | {(owner, owner) for owner, _ in inside}):
            out.write(f"works for {owner},github:{name}\n")
    for owner in sorted({owner for owner, actor in given if (owner, actor) not in inside and owner != actor}):
        systems = ", ".join(f'"github:{name}"' for name in sorted(bots))
        (folder / "firms" / f"{owner}.toml").write_text(
            f'name = "{owner}"\nsides = {{ inside = ["works for {owner}"] }}\nsystems = [{systems}]\nplaces = ["github:{owner}/*"]\n')


if __name__ == "__main__":
    main()
