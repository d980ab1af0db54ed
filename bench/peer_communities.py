"""Leiden communities of others: `peer_communities.py EDGES` measures NetworKit's and igraph's on lines `source target [strength]`.

The graph is undirected, strengths of both ways added. Prints a JSON line for each: kernel, wall and CPU seconds from a built graph, and the
modularity of what was found, computed by NetworKit for both. NetworKit makes its 3 iterations on 2 threads, igraph its 2 on one, which are their defaults.

`peer_communities.py --lfr MIXING EDGES` writes an LFR graph (Lancichinetti, Fortunato, Radicchi 2008) of 100,000 vertices: degrees 10 to 100 by
a power of -2.5, communities of 20 to 1,000 by a power of -1.5, seed 7.
"""

import json
import sys
import time

import igraph
import networkit
import numpy as np


def make(mixing, edges):
    """Writes an LFR graph, each edge once."""
    networkit.engineering.setSeed(7, False)
    generator = networkit.generators.LFRGenerator(100_000)
    generator.generatePowerlawDegreeSequence(10, 100, -2.5)
    generator.generatePowerlawCommunitySizeSequence(20, 1000, -1.5)
    generator.setMu(mixing)
    graph = generator.generate()
    with open(edges, "w", encoding="utf-8") as out:
        graph.forEdges(lambda u, v, _weight, _id: out.write(f"{u} {v}\n"))


def read(path):
    """Number of vertices, ends of each pair, and its strength."""
    table = np.loadtxt(path)
    ends = table[:, :2].astype(np.int64)
    strengths = table[:, 2] if table.shape[1] > 2 else np.ones(len(table))
    low, high = ends.min(axis=1), ends.max(axis=1)
    n = int(high.max()) + 1
    pairs, places = np.unique(low * n + high, return_inverse=True)
    return n, pairs // n, pairs % n, np.bincount(places.ravel(), weights=strengths)


def measured(kernel, work, modularity):
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"kernel": kernel, "seconds": wall, "cpu_seconds": cpu, "modularity": modularity(found)}))


def measure(path):
    networkit.setNumberOfThreads(2)
    n, low, high, strengths = read(path)
    graph = networkit.GraphFromCoo((strengths, (low, high)), n=n, weighted=True, directed=False)
    quality = networkit.community.Modularity()

    def leiden():
        found = networkit.community.ParallelLeiden(graph, iterations=3)
        found.run()
        return found.getPartition()

    measured("networkit", leiden, lambda found: quality.getQuality(found, graph))
    other = igraph.Graph(n=n, edges=np.stack([low, high], axis=1))
    weights = strengths.tolist()

    def partition(found):
        labels = networkit.Partition(n)
        labels.setUpperBound(len(found))
        for vertex, label in enumerate(found.membership):
            labels.addToSubset(label, vertex)
        return labels

    measured(
        "igraph",
        lambda: other.community_leiden(objective_function="modularity", weights=weights, n_iterations=2),
        lambda found: quality.getQuality(partition(found), graph),
    )


if sys.argv[1] == "--lfr":
    make(float(sys.argv[2]), sys.argv[3])
else:
    measure(sys.argv[1])
