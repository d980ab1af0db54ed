"""One line a comparison: what, on which data, against whom, over how many values, and how far apart at most."""

import time

import numpy as np

RELATIVE = 1e-9
ABSOLUTE = 1e-12


class Report:
    """Collects comparisons; a failed one doesn't stop the others."""

    def __init__(self):
        self.failures = []
        self.done = 0

    def line(self, ok, data, what, peer, detail, started):
        """Prints one comparison."""
        self.done += 1
        if not ok:
            self.failures.append(f"{data}: {what} against {peer}: {detail}")
        print(
            f"{'ok  ' if ok else 'FAIL'} {data:<14} {what:<34} {peer:<10} {detail}  "
            f"[{time.perf_counter() - started:.1f} s]",
            flush=True,
        )

    def equal(self, data, what, peer, ours, theirs, started):
        """Holds two columns to |a-b| <= 1e-9 max(|a|,|b|) + 1e-12; no value (NaN) equals no value only."""
        ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
        if ours.shape != theirs.shape:
            self.line(False, data, what, peer, f"{ours.shape} values against {theirs.shape}", started)
            return
        missing = int((np.isnan(ours) != np.isnan(theirs)).sum())
        both = ~np.isnan(ours) & ~np.isnan(theirs)
        a, b = ours[both], theirs[both]
        apart = np.abs(a - b)
        allowed = RELATIVE * np.maximum(np.abs(a), np.abs(b)) + ABSOLUTE
        worst = float((apart / allowed).max()) if len(a) else 0.0
        detail = f"{len(a)} values, largest difference {worst:.2g} of what is allowed"
        if missing:
            detail += f", {missing} have a value on one side only"
        if not len(a):
            detail += ", nothing to compare"
        self.line(worst <= 1 and missing == 0 and len(a) > 0, data, what, peer, detail, started)
