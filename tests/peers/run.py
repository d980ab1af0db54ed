"""Compares the binary's exports with what others compute; called by `cargo xtask test peers`.

On a generated network of a million ties and on the whole Higgs network, where that is at hand: every signal, the
projection as SQL in DuckDB, and equal files for equal rows in any order.
"""

import argparse
import pathlib
import sys
import time

import duckdb
import numpy as np

import agreement
import brokerage
import cascades
import projection
import replay
import signals
import world
from product import Product
from report import Report

HERE = pathlib.Path(__file__).parent
SIGNALS = {
    "reach.engagers",
    "reach.audience",
    "amplification.rate",
    "authority.rank",
    "authority.engagers",
    "authority.trust",
    "brokerage.betweenness",
    "brokerage.constraint",
    "brokerage.disparity",
    "brokerage.effective_size",
    "reach.two_steps",
}
HIGGS = pathlib.Path("higgs-twitter") / "higgs-activity_time.txt.gz"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--projection", required=True, type=pathlib.Path)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    options = parser.parse_args()
    report = Report()

    small = options.scratch / "small.ndjson"
    world.write(small, people=4_000, ties=30_000)
    guarded(report, "small", replay.compare, report, "small", options.binary, small, folder(options, "small"))

    definition = HERE / "definition.toml"
    guarded(report, "cascades", cascades.compare, report, options, definition, folder)

    for data, people, ties in [("few", 1_500, 12_000), ("some", 6_000, 40_000)]:
        source = options.scratch / f"{data}.ndjson"
        world.write(source, people=people, ties=ties)
        guarded(report, data, between, report, options, data, source)

    generated = options.scratch / "generated.ndjson"
    lines = world.write(generated)
    print(f"generated: {lines} interactions", flush=True)
    guarded(report, "generated", network, report, options, "generated", generated)

    higgs = options.data / HIGGS
    if higgs.is_file():
        guarded(report, "higgs", replay.compare, report, "higgs", options.binary, higgs, folder(options, "higgs-again"))
        guarded(report, "higgs", network, report, options, "higgs", higgs)
    else:
        print(f"notice: {HIGGS} is not at hand, so the comparisons on real data did not run")

    print(f"{report.done - len(report.failures)} comparisons agree, {len(report.failures)} don't")
    for failure in report.failures:
        print(f"  {failure}")
    sys.exit(1 if report.failures else 0)


def folder(options, name):
    """An empty folder for one run."""
    path = options.scratch / name
    path.mkdir()
    return path


def guarded(report, data, what, *arguments):
    """Runs a group of comparisons; one that breaks off is a failure like any other."""
    started = time.perf_counter()
    try:
        what(*arguments)
    except Exception as error:  # whatever broke it belongs into the report, and the next group still runs
        report.line(False, data, f"{what.__module__}.{what.__name__}", "-", f"{type(error).__name__}: {error}", started)


def between(report, options, data, source):
    """Betweenness where others compute it exactly."""
    here = folder(options, data)
    product = Product(options.binary, here / "workspace")
    product.ingest(source)
    ours = ["--definition", HERE / "definition.toml"]
    ties = exported(product, here, "ties", "ours", ours)
    brokerage.betweenness(report, data, signals.Network(ties, exported(product, here, "signals", "ours", ours)))


def network(report, options, data, source):
    """All comparisons on one network, under two definitions of our own and, on real data, under the shipped one."""
    here = folder(options, data)
    product = Product(options.binary, here / "workspace")
    counts = product.ingest(source)
    assert counts["rejected"] == 0, counts

    ours = ["--definition", HERE / "definition.toml"]
    ties = exported(product, here, "ties", "ours", ours)
    mine = signals.Network(ties, exported(product, here, "signals", "ours", ours))
    missing = SIGNALS - set(mine.columns)
    assert not missing, f"the export of signals has no column for {sorted(missing)}"
    guarded(report, data, signals.compare, report, data, mine)
    tables = projection.Tables(product.export("interactions", here), product.export("people", here), HERE / "definition.toml")
    guarded(report, data, projection.ties, report, data, tables, options.projection, ties)
    if data == "generated":
        guarded(report, data, signals.amplification, report, data, mine, tables.posts())
        guarded(report, data, signals.audience, report, data, mine, tables.followers())
    else:
        shipped = signals.Network(product.export("ties", here), product.export("signals", here))
        guarded(report, f"{data}, shipped", signals.compare, report, f"{data}, shipped", shipped)

    guarded(report, data, agreement.compare, report, data, product, here)

    guarded(report, data, brokerage.compare, report, data, mine, False)
    guarded(report, data, trusted, report, data, product, here, mine, ours)

    back = ["--definition", HERE / "returned.toml"]
    ties = exported(product, here, "ties", "returned", back)
    mine = signals.Network(ties, exported(product, here, "signals", "returned", back))
    guarded(report, data, signals.constraint, report, data, mine, True)
    guarded(report, data, brokerage.compare, report, data, mine, True)


def trusted(report, data, product, here, before, arguments):
    """Trust from seeds that are imported now; whoever has one account keeps the id."""
    people = {"path": str(exported(product, here, "people", "accounts", []))}
    first = "select person::varchar, split_part(accounts, ' ', 1) from read_parquet($path)"
    account = dict(duckdb.sql(first, params=people).fetchall())
    weights = brokerage.seeds(before, account, here / "seeds.csv")
    product.run("people", "import", here / "seeds.csv")
    ties = exported(product, here, "ties", "seeded", arguments)
    after = signals.Network(ties, exported(product, here, "signals", "seeded", arguments))
    place = dict(zip(before.people, weights))
    brokerage.trust(report, data, after, np.array([place[person] for person in after.people]))


def exported(product, here, what, name, arguments):
    """An export under a name of its own."""
    path = here / f"{what}-{name}.parquet"
    product.run("export", what, "--to", path, *arguments)
    return path


main()
