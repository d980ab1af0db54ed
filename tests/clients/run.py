"""Old Klout clients, as they were published, against a server of ours.

Each knows one address, api.klout.com, port 80; for the process of each it leads to the server instead. What they return is held
against what the command line says of the same people. Prints a line a client; ends with 1 where one disagrees.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).parent

ROWS = [("2", "88"), ("3", "88"), ("4", "88"), ("5", "88"), ("88", "3"), ("4", "3"), ("5", "3"), ("2", "4"), ("3", "4"), ("5", "4")]


def tertius(options, *arguments):
    command = [options.binary, "--workspace", options.scratch / "workspace", "--format", "json", "--quiet", *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def world(options):
    """A few people on twitter, scored; the score of 88 and the number of the person."""
    rows = options.scratch / "rows.ndjson"
    with rows.open("w") as out:
        for number, (actor, target) in enumerate(ROWS):
            row = {"id": f"r{number}", "at": f"2026-03-{number + 1:02}T00:00:00Z", "network": "twitter", "verb": "reshare", "actor": actor, "target": target}
            print(json.dumps(row), file=out)
    tertius(options, "ingest", str(rows))
    tertius(options, "score", "general")
    key = tertius(options, "key", "create", "clients", "--per-second", "1000")["key"]
    portrait = tertius(options, "who", "twitter:88")
    return key, portrait["person"], portrait["scores"][0]["score"]


def agrees(name, found, expected):
    same = found == expected
    print(f"{name}: {'agrees' if same else f'DISAGREES: {found} and not {expected}'}")
    return same


def python(options, address, key, script):
    """Runs a script with the packages of clients, their address led here; what it prints, or its error."""
    environment = dict(os.environ, PYTHONPATH=f"{options.scratch / 'python'}:{HERE / 'python2'}")
    host, port = address.split(":")
    led = f"""
import http.client, urllib, urllib.parse
urllib.urlencode = urllib.parse.urlencode
connect = http.client.HTTPConnection.__init__
def here(self, name, port=None, *rest, **more):
    connect(self, {host!r} if name == "api.klout.com" else name, {port} if name == "api.klout.com" else port, *rest, **more)
http.client.HTTPConnection.__init__ = here
import json
KEY = {key!r}
"""
    ran = subprocess.run([sys.executable, "-c", led + script], env=environment, capture_output=True, text=True)
    if ran.returncode != 0:
        return ran.stderr
    return json.loads(ran.stdout)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--scratch", required=True, type=pathlib.Path)
    options = arguments.parse_args()
    key, person, score = world(options)
    command = [options.binary, "--workspace", options.scratch / "workspace", "serve", "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    address = server.stderr.readline().strip().removeprefix("listening on http://")
    # 88 reshared 3, and was reshared by four.
    around = [["3"], 1, 4]
    expected = {"id": person, "score": score, "delta": 0, "unknown": True, "around": around}
    results = []
    try:
        results.append(agrees("klout 0.1.3 (PyPI)", python(options, address, key, """
from klout import Klout, KloutHTTPError
k = Klout(KEY)
identity = k.identity.klout(tw="88")["id"]
named = k.identity.klout(screenName="88")["id"]
assert identity == named, (identity, named)
answer = k.user.score(kloutId=identity, timeout=5)
user = k.user(kloutId=identity)
assert user["score"]["score"] == answer["score"] and user["kloutId"] == identity
assert k.user.topics(kloutId=identity) == []
influence = k.user.influence(kloutId=identity)
around = [[one["entity"]["payload"]["nick"] for one in influence["myInfluencers"]], influence["myInfluencersCount"], influence["myInfluenceesCount"]]
try:
    k.user.score(kloutId="17")
    unknown = False
except KloutHTTPError as error:
    unknown = error.e.code == 404
print(json.dumps({"id": identity, "score": answer["score"], "delta": answer["scoreDelta"]["dayChange"], "unknown": unknown, "around": around}))
"""), expected))
        results.append(agrees("pyklout 0.2 (PyPI)", python(options, address, key, """
from pyklout import Klout
k = Klout(KEY)
identity = k.identity(88)["id"]
assert identity == k.identity("88", "twitter")["id"]
answer = k.score(identity)
assert k.topics(identity) == []
influence = k.influences(identity)
around = [[one["entity"]["payload"]["nick"] for one in influence["myInfluencers"]], influence["myInfluencersCount"], influence["myInfluenceesCount"]]
unknown = k.score("17").get("error") == 404
print(json.dumps({"id": identity, "score": answer["score"], "delta": answer["scoreDelta"]["dayChange"], "unknown": unknown, "around": around}))
"""), expected))
        if shutil.which("node") is None or not (options.scratch / "node/node_modules/node_klout").is_dir():
            print("node_klout 0.3.1 (npm): not tried, since node or npm is not at hand")
        else:
            environment = dict(os.environ, NODE_PATH=str(options.scratch / "node/node_modules"))
            ran = subprocess.run(["node", HERE / "node_klout.js", address, key], env=environment, capture_output=True, text=True)
            found = json.loads(ran.stdout) if ran.returncode == 0 else ran.stderr
            results.append(agrees("node_klout 0.3.1 (npm)", found, expected))
    finally:
        server.send_signal(signal.SIGTERM)
        ended = server.wait(30)
    results.append(agrees("server ended", ended, 0))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
