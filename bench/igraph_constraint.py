"""igraph's constraint: `igraph_constraint.py EDGES` measures it on lines `source target strength`.

`igraph_constraint.py ACTIVITY EDGES` makes such lines of SNAP activity (`source target time kind`): the distinct pairs with
ln(1 + count), people numbered in order of id.
"""

import json
import sys
import time

import igraph
import numpy as np


def make(activity, edges):
    """Writes the edges of an activity file, sorted."""
    pairs = np.loadtxt(activity, usecols=(0, 1), dtype=np.int64)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    people, numbers = np.unique(pairs, return_inverse=True)
    numbers = numbers.reshape(pairs.shape)
    keys, counts = np.unique(numbers[:, 0] * len(people) + numbers[:, 1], return_counts=True)
    with open(edges, "w", encoding="utf-8") as out:
        for key, strength in zip(keys.tolist(), np.log1p(counts).astype(np.float32).tolist()):
            out.write(f"{key // len(people)} {key % len(people)} {strength!r}\n")


def measure(edges):
    """Prints wall and CPU seconds of the kernel, from a built graph."""
    table = np.loadtxt(edges)
    graph = igraph.Graph(edges=table[:, :2].astype(np.int64), directed=True)
    strengths = table[:, 2].tolist()
    wall, cpu = time.perf_counter(), time.process_time()
    graph.constraint(weights=strengths)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"kernel": "igraph", "seconds": wall, "cpu_seconds": cpu}))


if len(sys.argv) == 3:
    make(*sys.argv[1:])
else:
    measure(sys.argv[1])
