"""The signals of brokerage, second hand and trust from the exported ties, computed by others: scipy, networkx, networkit."""

import time

import networkit
import networkx
import numpy as np
import scipy.sparse

EPS = 0.005


def compare(report, data, network, returned):
    """Compares what ties alone determine; under `returned` only what that option changes."""
    effective_size(report, data, network, returned)
    if not returned:
        two_steps(report, data, network)
        if data != "generated":
            # There nearly everybody reaches everybody, and a search for each of networkit's 10,000 draws would take an hour.
            betweenness(report, data, network)


def two_steps(report, data, network):
    """reach.two_steps is the number of entries of the squared matrix of ties, without the diagonal."""
    started = time.perf_counter()
    ties = (network.matrix() > 0).astype(np.int32).tocsr()
    ways = (ties @ ties).tocsr()
    ways.setdiag(0)
    ways.eliminate_zeros()
    found = np.bincount(ways.indices, minlength=len(network.people)).astype(float)
    report.equal(data, "reach.two_steps", "scipy", network.columns["reach.two_steps"], found, started)


def contacts(network, returned):
    """The symmetric matrix of strength between contacts."""
    matrix = network.matrix()
    return (2 * matrix.minimum(matrix.T) if returned else matrix + matrix.T).tocsr()


def effective_size(report, data, network, returned):
    """brokerage.effective_size: of everybody by sparse matrices, and of 100 people by networkx, which is slow at hubs."""
    started = time.perf_counter()
    a = contacts(network, returned)
    degree = np.diff(a.indptr)
    total = np.asarray(a.sum(axis=1)).ravel()
    most = np.zeros(len(total))
    np.maximum.at(most, np.repeat(np.arange(len(total)), degree), a.data)
    # From the end of fewer contacts, so that a hub's row is not taken for each of its contacts.
    pair = scipy.sparse.triu(a, 1).tocoo()
    small = np.where(degree[pair.row] <= degree[pair.col], pair.row, pair.col)
    large = pair.row + pair.col - small
    redundant = np.zeros(len(total))
    order = np.argsort(large, kind="stable")
    small, large = small[order], large[order]
    starts = np.flatnonzero(np.r_[True, large[1:] != large[:-1]])
    for begin, end in zip(starts, np.r_[starts[1:], len(large)]):
        hub = large[begin]
        row = np.zeros(len(total))
        row[a.indices[a.indptr[hub] : a.indptr[hub + 1]]] = a.data[a.indptr[hub] : a.indptr[hub + 1]]
        common = a[small[begin:end]] @ row
        redundant[hub] += (common / most[small[begin:end]]).sum()
        np.add.at(redundant, small[begin:end], common / most[hub])
    with np.errstate(invalid="ignore", divide="ignore"):
        found = degree - redundant / total
    found[degree == 0] = np.nan
    what = "brokerage.effective_size" + (" (returned)" if returned else "")
    ours = network.columns["brokerage.effective_size"]
    report.equal(data, what, "scipy", ours, found, started)

    started = time.perf_counter()
    some = np.flatnonzero((degree > 1) & (degree < 60))
    some = some[:: max(1, len(some) // 100)][:100]
    near = np.unique(np.r_[some, a[some].indices])
    # Who is near, with all of their contacts: the largest strength of a contact counts as well.
    rows = a[near].tocoo()
    graph = networkx.Graph()
    graph.add_weighted_edges_from(zip(near[rows.row].tolist(), rows.col.tolist(), rows.data.tolist()))
    theirs = networkx.effective_size(graph, nodes=some.tolist(), weight="weight")
    report.equal(data, what, "networkx", ours[some], [theirs[person] for person in some.tolist()], started)


def betweenness(report, data, network):
    """brokerage.betweenness: equal up to 2,000 people, beyond within what was promised of a sample."""
    started = time.perf_counter()
    ours, count = network.columns["brokerage.betweenness"], len(network.people)
    if count <= 2000:
        graph = networkx.DiGraph()
        graph.add_nodes_from(range(count))
        graph.add_edges_from(zip(network.source.tolist(), network.target.tolist()))
        found = networkx.betweenness_centrality(graph, normalized=False)
        theirs = np.array([found[person] for person in range(count)]) / (count * (count - 1))
        report.equal(data, "brokerage.betweenness", "networkx", ours, theirs, started)
        return
    graph = networkit.GraphFromCoo((network.source, network.target), n=count, weighted=False, directed=True)
    if count <= 10_000:
        exact = networkit.centrality.Betweenness(graph, normalized=False)
        slack = 0.0
    else:
        # Itself a sample, and only as good as its own promise.
        networkit.engineering.setSeed(1, False)
        exact, slack = networkit.centrality.ApproxBetweenness(graph, 4 * EPS, 0.01), 4 * EPS
    exact.run()
    theirs = np.array(exact.scores()) / (count * (count - 1) if slack == 0 else 1)
    allowed = np.where(ours == 0, 2 * EPS, EPS) + slack
    worst = float((np.abs(ours - theirs) / allowed).max())
    detail = f"{count} values, {(ours > 0).sum()} above 0, largest difference {worst:.2g} of what is allowed"
    report.line(worst <= 1, data, "brokerage.betweenness", "networkit", detail, started)


def seeds(network, account, path):
    """Writes a list of people in which every two-hundredth is trusted beforehand, and returns their weights."""
    chosen = {person: 1 + place % 3 for place, person in enumerate(sorted(network.people)[::200])}
    with open(path, "w", encoding="utf-8") as out:
        out.write("accounts,seed\n")
        for person, weight in chosen.items():
            out.write(f"{account[person]},{weight}\n")
    return np.array([float(chosen.get(person, 0)) for person in network.people])


def trust(report, data, network, weights):
    """authority.trust is networkx's PageRank from the seeds, where mass without an exit goes to them as well."""
    started = time.perf_counter()
    count = len(network.people)
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_weighted_edges_from(zip(network.source.tolist(), network.target.tolist(), network.strength.tolist()))
    from_seeds = dict(enumerate(weights.tolist()))
    found = networkx.pagerank(graph, alpha=0.85, personalization=from_seeds, tol=1e-14 / count, max_iter=2000)
    theirs = np.array([found[person] for person in range(count)])
    report.equal(data, "authority.trust", "networkx", network.columns["authority.trust"], theirs, started)
