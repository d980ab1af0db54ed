"""What `compare` says of two definitions, against scipy on the exported scores."""

import itertools
import time

import pyarrow.parquet as parquet
import scipy.stats as stats


def compare(report, data, product, folder):
    """Scores all shipped definitions and holds every cell of the matrix against scipy."""
    product.run("score")
    table = parquet.read_table(product.export("scores", folder)).to_pydict()
    scores = {}
    for person, definition, score in zip(table["person"], table["definition"], table["score"]):
        if score is not None:
            scores.setdefault(definition, {})[person] = score
    matrix = product.run("compare")
    names = [one["definition"] for one in matrix["definitions"]]
    for i, j in itertools.combinations(range(len(names)), 2):
        a, b = (scores.get(names[k], {}) for k in (i, j))
        both = sorted(a.keys() & b.keys())
        if len(both) < 2:
            continue
        first, second = [a[person] for person in both], [b[person] for person in both]
        pair = f"{names[i]}, {names[j]}"
        started = time.perf_counter()
        theirs = [len(both), stats.kendalltau(first, second).statistic, stats.spearmanr(first, second).statistic]
        ours = [matrix[field][i][j] for field in ("people", "kendall_tau", "spearman")]
        report.equal(data, f"compare {pair}", "scipy", [float("nan") if x is None else x for x in ours], theirs, started)
