"""Runs a command and writes what the kernel counted for exactly that child: `measure.py REPORT COMMAND...`.

The report is JSON: wall and cpu (user and system) in seconds, peak resident set in bytes. The command's streams are
this program's; so is its exit status.
"""

import json
import os
import sys
import time


def main():
    report, command = sys.argv[1], sys.argv[2:]
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    found = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024}
    with open(report, "w", encoding="utf-8") as out:
        json.dump(found, out)
    sys.exit(os.waitstatus_to_exitcode(status) % 256)


main()
