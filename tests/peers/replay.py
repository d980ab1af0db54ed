"""The same rows in another order, in other pieces and on one thread must give the same files, byte for byte."""

import gzip
import hashlib
import os
import random
import time

from product import Product

EXPORTS = ["interactions", "ties", "people", "signals"]


def compare(report, data, binary, source, folder, arguments=()):
    """Ingests `source` whole and in shuffled pieces into two workspaces, and compares every export."""
    started = time.perf_counter()
    whole = Product(binary, folder / "whole")
    first = whole.ingest(source, *arguments)
    again = whole.ingest(source, *arguments)
    report.line(again["accepted"] == 0, data, "same file again", "itself", f"{again['accepted']} accepted", started)

    started = time.perf_counter()
    pieces = Product(binary, folder / "pieces")
    os.environ["RAYON_NUM_THREADS"] = "1"
    try:
        accepted = sum(pieces.ingest(piece, *arguments)["accepted"] for piece in _shuffled(source, folder))
        ok = accepted == first["accepted"]
        report.line(ok, data, "rows in pieces", "itself", f"{accepted} of {first['accepted']} accepted", started)
        for what in EXPORTS:
            started = time.perf_counter()
            os.environ["RAYON_NUM_THREADS"] = "1"
            other = _hash(pieces.export(what, folder))
            del os.environ["RAYON_NUM_THREADS"]
            one = _hash(whole.export(what, folder))
            report.line(one == other, data, f"export {what}", "itself", "equal bytes in another order", started)
    finally:
        os.environ.pop("RAYON_NUM_THREADS", None)


def _shuffled(source, folder, count=3):
    """The lines of a file in another order, dealt into several files."""
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    random.Random(5).shuffle(lines)
    pieces = []
    for number in range(count):
        # Named apart from the source, so that nothing but content tells the connector.
        piece = folder / f"piece-{number}"
        piece.write_bytes(b"".join(lines[number::count]))
        pieces.append(piece)
    return pieces


def _hash(path):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.unlink()
    return digest
