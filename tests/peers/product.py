"""The binary as its users call it: commands in, exported files out. Nothing here knows how it works inside."""

import json
import os
import subprocess


class Product:
    """The binary, bound to one workspace."""

    def __init__(self, binary, workspace):
        self.binary = binary
        self.workspace = workspace

    def run(self, *arguments):
        """Runs a command and returns its JSON; a failure repeats what the binary said."""
        command = [self.binary, "--format", "json", "--quiet", *map(str, arguments)]
        environment = {**os.environ, "TERTIUS_WORKSPACE": str(self.workspace)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"tertius {' '.join(command[4:])} ended with {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def ingest(self, *arguments):
        """Ingests, checks that the counts add up, and returns them."""
        counts = self.run("ingest", *arguments)
        assert counts["read"] == counts["accepted"] + counts["duplicates"] + counts["rejected"], counts
        return counts

    def export(self, what, folder, *arguments):
        """Exports to Parquet and returns the path."""
        path = folder / f"{'-'.join([what, *(a.strip('-') for a in arguments)])}.parquet"
        self.run("export", what, "--to", path, *arguments)
        return path
