"""Counts the rows of Parquet files, and with `--ids` the distinct ids among them: `count_rows.py [--ids] FILE...`."""

import json
import sys

import duckdb


def main():
    ids = sys.argv[1:2] == ["--ids"]
    files = sys.argv[2:] if ids else sys.argv[1:]
    what = "count(*), count(distinct id)" if ids else "count(*), null"
    if not files:
        rows, distinct = 0, 0
    else:
        rows, distinct = duckdb.sql(f"select {what} from read_parquet($files)", params={"files": files}).fetchall()[0]
    print(json.dumps({"rows": rows, "distinct": distinct}))


main()
