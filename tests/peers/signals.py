"""Every signal from the exported ties, computed by others: igraph, networkx, networkit and scipy."""

import time

import duckdb
import igraph
import networkit
import networkx
import numpy as np
import scipy.optimize
import scipy.sparse
import scipy.special
import scipy.stats


class Network:
    """People in the order of the signals file, ties as arrays over their numbers, signals as columns."""

    def __init__(self, ties, signals):
        table = duckdb.sql("select * from read_parquet($path)", params={"path": str(signals)}).fetchnumpy()
        self.people = _text(table.pop("person"))
        self.columns = {name: _numbers(column) for name, column in table.items()}
        tie = duckdb.sql(
            "select source::varchar as source, target::varchar as target, strength::double as strength"
            " from read_parquet($path)",
            params={"path": str(ties)},
        ).fetchnumpy()
        order = np.argsort(self.people)
        ranked = self.people[order]

        def number(column):
            column = _text(column)
            place = np.searchsorted(ranked, column)
            assert (ranked[np.minimum(place, len(ranked) - 1)] == column).all(), "a tie names nobody of the signals"
            return order[place]

        self.source, self.target = number(tie["source"]), number(tie["target"])
        self.strength = _numbers(tie["strength"])

    def matrix(self):
        """Strengths as a sparse matrix, rows act, columns are credited."""
        count = len(self.people)
        return scipy.sparse.csr_array((self.strength, (self.source, self.target)), shape=(count, count))


def _text(column):
    return np.asarray(np.ma.getdata(column)).astype(str)


def _numbers(column):
    return np.ma.filled(np.ma.asarray(column).astype(float), np.nan)


def compare(report, data, network):
    """Compares the signals that ties alone determine, of those that were exported."""
    check_ties(report, data, network)
    engagers(report, data, network)
    rank = authority(report, data, network)
    weighted_engagers(report, data, network, rank)
    if "brokerage.constraint" in network.columns:
        constraint(report, data, network, returned=False)


def check_ties(report, data, network):
    """The people are exactly those with a tie; ties are unique, positive and between two people."""
    started = time.perf_counter()
    pairs = network.source.astype(np.int64) * len(network.people) + network.target
    connected = np.unique(np.concatenate([network.source, network.target]))
    ok = (
        len(np.unique(pairs)) == len(pairs)
        and (network.source != network.target).all()
        and (network.strength > 0).all()
        and len(connected) == len(network.people)
    )
    detail = f"{len(network.people)} people, {len(pairs)} ties: unique, positive, nobody without one"
    report.line(ok, data, "ties", "numpy", detail, started)


def engagers(report, data, network):
    """reach.engagers is the in-degree."""
    started = time.perf_counter()
    edges = np.stack([network.source, network.target], axis=1)
    graph = igraph.Graph(n=len(network.people), edges=edges, directed=True)
    report.equal(data, "reach.engagers", "igraph", network.columns["reach.engagers"], graph.indegree(), started)


def authority(report, data, network):
    """authority.rank is weighted PageRank; networkx to an L1 change of 1e-14, networkit as a second witness."""
    started = time.perf_counter()
    count = len(network.people)
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_weighted_edges_from(zip(network.source.tolist(), network.target.tolist(), network.strength.tolist()))
    found = networkx.pagerank(graph, alpha=0.85, tol=1e-14 / count, max_iter=2000)
    rank = np.array([found[person] for person in range(count)])
    del graph
    report.equal(data, "authority.rank", "networkx", network.columns["authority.rank"], rank, started)

    started = time.perf_counter()
    graph = networkit.GraphFromCoo(
        (network.strength, (network.source, network.target)), n=count, weighted=True, directed=True
    )
    walk = networkit.centrality.PageRank(
        graph, 0.85, 1e-15, distributeSinks=networkit.centrality.SinkHandling.DistributeSinks
    )
    walk.norm = networkit.centrality.Norm.L1_NORM
    walk.run()
    scores = np.array(walk.scores())
    report.equal(data, "authority.rank", "networkit", network.columns["authority.rank"], scores / scores.sum(), started)
    return rank


def weighted_engagers(report, data, network, rank):
    """authority.engagers is the mean rank of those with a tie, weighted by strength."""
    started = time.perf_counter()
    matrix = network.matrix()
    total = matrix.T @ np.ones(len(rank))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (matrix.T @ rank) / total
    mean[total == 0] = np.nan
    report.equal(data, "authority.engagers", "scipy", network.columns["authority.engagers"], mean, started)


def constraint(report, data, network, returned):
    """brokerage.constraint over the sum of both directions, or over ties that are returned; all people."""
    started = time.perf_counter()
    if returned:
        matrix = network.matrix()
        both = (2 * matrix.minimum(matrix.T)).tocoo()
        upper = both.row < both.col
        edges, weights = np.stack([both.row[upper], both.col[upper]], axis=1), both.data[upper]
    else:
        edges, weights = np.stack([network.source, network.target], axis=1), network.strength
    graph = igraph.Graph(n=len(network.people), edges=edges, directed=not returned)
    found = np.array(graph.constraint(weights=weights.tolist()), dtype=float)
    found[np.array(graph.degree()) == 0] = np.nan
    what = "brokerage.constraint" + (" (returned)" if returned else "")
    report.equal(data, what, "igraph", network.columns["brokerage.constraint"], found, started)


def amplification(report, data, network, counts):
    """amplification.rate by maximum likelihood; `counts` maps people to (posts, of them reshared)."""
    started = time.perf_counter()
    n = np.array([counts.get(person, (0, 0))[0] for person in network.people], dtype=float)
    r = np.array([counts.get(person, (0, 0))[1] for person in network.people], dtype=float)
    some = n >= 1
    a, b = beta_binomial(n[some], r[some])
    rate = np.where(some, (r + a) / (n + a + b), np.nan)
    ours = network.columns["amplification.rate"]
    # People without posts may have the prior's mean or no value; with posts there is one answer.
    report.equal(data, "amplification.rate", "scipy", ours[some], rate[some], started)


def beta_binomial(n, r):
    """Maximum likelihood a, b: scipy's log-density searched from above, then its gradient solved to the last bits."""
    pairs, times = np.unique(np.stack([n, r], axis=1), axis=0, return_counts=True)
    n, r = pairs[:, 0], pairs[:, 1]

    def loss(logs):
        a, b = np.exp(logs)
        return -(times * scipy.stats.betabinom.logpmf(r, n, a, b)).sum()

    def gradient(logs):
        a, b = np.exp(logs)
        psi = scipy.special.digamma
        shared = psi(a + b) - psi(n + a + b)
        return [
            a * (times * (psi(r + a) - psi(a) + shared)).sum(),
            b * (times * (psi(n - r + b) - psi(b) + shared)).sum(),
        ]

    rough = scipy.optimize.minimize(loss, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    exact = scipy.optimize.root(gradient, rough.x, method="hybr", tol=1e-15)
    assert loss(exact.x) <= rough.fun + 1e-6, "the gradient's root is no maximum"
    return np.exp(exact.x)


def audience(report, data, network, followers):
    """reach.audience is the number of people whose last word on following was yes."""
    started = time.perf_counter()
    ours = network.columns["reach.audience"]
    theirs = np.array([followers.get(person, 0) for person in network.people], dtype=float)
    # Nobody known to follow may be written as 0 or as no value.
    ours = np.where(np.isnan(ours) & (theirs == 0), 0.0, ours)
    report.equal(data, "reach.audience", "duckdb", ours, theirs, started)
