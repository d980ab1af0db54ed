"""NetworKit's PageRank on a graph in GAP's serialised form: `networkit_pagerank.py FILE RUNS`, to an L1 change of 1e-9.

The file: a byte (1 if directed), the numbers of edges and nodes as 64-bit integers, offsets as 64-bit, neighbours as 32-bit
integers, little-endian; only undirected graphs are read. Prints a JSON line a run.
"""

import json
import sys
import time

import networkit
import numpy as np


def read(path):
    """The graph, built by NetworKit from the file's edges."""
    with open(path, "rb") as file:
        assert file.read(1) == b"\x00", "only undirected graphs are read"
        edges, nodes = np.fromfile(file, dtype="<i8", count=2)
        offsets = np.fromfile(file, dtype="<i8", count=nodes + 1)
        targets = np.fromfile(file, dtype="<i4", count=edges).astype(np.int64)
    sources = np.repeat(np.arange(nodes), np.diff(offsets))
    once = sources < targets
    return networkit.GraphFromCoo((sources[once], targets[once]), n=int(nodes), weighted=False, directed=False)


def main():
    networkit.setNumberOfThreads(2)
    graph = read(sys.argv[1])
    for _ in range(int(sys.argv[2])):
        walk = networkit.centrality.PageRank(graph, 0.85, 1e-9)
        walk.norm = networkit.centrality.Norm.L1_NORM
        wall, cpu = time.perf_counter(), time.process_time()
        walk.run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps({"kernel": "networkit-1e-9", "seconds": wall, "cpu_seconds": cpu, "iterations": walk.numberOfIterations()}))


main()
