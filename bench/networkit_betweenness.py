"""NetworKit's sampled betweenness (KADABRA): `networkit_betweenness.py EDGES` measures it on lines `source target [strength]`.

Every value is within 0.005 with a chance of 0.9, as ours are; ties are taken both ways, because NetworKit wants an undirected graph.
`networkit_betweenness.py --both EDGES BOTH` writes each edge of a file in both directions. Prints a line of JSON: wall and CPU seconds from a built graph.
"""

import json
import sys
import time

import networkit
import numpy as np


def pairs(path):
    """Number of vertices, and the ends of each pair, the smaller first."""
    ends = np.loadtxt(path, usecols=(0, 1), dtype=np.int64)
    low, high = ends.min(axis=1), ends.max(axis=1)
    n = int(high.max()) + 1
    found = np.unique(low * n + high)
    return n, found // n, found % n


def both(edges, out):
    _, low, high = pairs(edges)
    np.savetxt(out, np.concatenate([np.stack([low, high], axis=1), np.stack([high, low], axis=1)]), fmt="%d")


def measure(edges):
    networkit.setNumberOfThreads(2)
    n, low, high = pairs(edges)
    graph = networkit.GraphFromCoo((low, high), n=n, weighted=False, directed=False)
    sampled = networkit.centrality.KadabraBetweenness(graph, 0.005, 0.1)
    wall, cpu = time.perf_counter(), time.process_time()
    sampled.run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    found = {"kernel": "networkit", "seconds": wall, "cpu_seconds": cpu, "draws": sampled.getNumberOfIterations()}
    print(json.dumps(found))


if sys.argv[1] == "--both":
    both(*sys.argv[2:4])
else:
    measure(sys.argv[1])
