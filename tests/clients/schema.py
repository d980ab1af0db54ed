"""Schemathesis against a server of ours: whatever it makes of the API's description, answers are as described.

The stream of changes is left out, since it has no end. Ends with what Schemathesis ends with.
"""

import argparse
import json
import pathlib
import signal
import subprocess
import sys

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples/fernhill"


def tertius(options, *arguments):
    command = [options.binary, "--workspace", options.scratch / "workspace", "--format", "json", "--quiet", *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout or "null")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--scratch", required=True, type=pathlib.Path)
    arguments.add_argument("--schemathesis", required=True)
    arguments.add_argument("--examples", default="30")
    options = arguments.parse_args()
    tertius(options, "ingest", str(EXAMPLES / "interactions.ndjson"))
    tertius(options, "people", "import", str(EXAMPLES / "people.csv"))
    tertius(options, "score", "general", "helpers")
    # Of the firm's purpose, so that reports are asked for as well.
    key = tertius(options, "key", "create", "schema", "--purpose", "firm", "--may-write", "--per-second", "100000", "--per-day", "10000000")["key"]
    command = [options.binary, "--workspace", options.scratch / "workspace", "serve", "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    address = server.stderr.readline().strip().removeprefix("listening on ")
    asked = [options.schemathesis, "run", f"{address}/api/openapi.json", "-H", f"Authorization: Bearer {key}"]
    asked += ["--checks", "all", "--phases", "examples,coverage,fuzzing", "--max-examples", options.examples]
    asked += ["--seed", "1", "--exclude-path", "/api/v1/changes", "--no-color", "--continue-on-failure"]
    try:
        ended = subprocess.run(asked, cwd=options.scratch).returncode
    finally:
        server.send_signal(signal.SIGTERM)
        alive = server.wait(60)
    print(f"the server ended with {alive}")
    sys.exit(ended or alive)


if __name__ == "__main__":
    main()
