"""Runs the grouping of docs/logs.md in DuckDB, in ClickHouse, and in ClickHouse over an object store.

Arguments: the query, the whole table, and parts of it as several machines would write them. Prints one JSON object
whose values are lists of rows. ClickHouse runs in this process (chDB); its Python wrapper insists on packages for results
of kinds that are not asked for here, whose places are held."""

import json
import sys
import urllib.request
from unittest.mock import MagicMock

import duckdb
from moto.server import ThreadedMotoServer

query, table, *parts = sys.argv[1:]


def moments(row):
    """The last two cells, first and last, as ISO 8601."""
    return list(row[:-2]) + [str(cell)[:19].replace(" ", "T") + "Z" for cell in row[-2:]]


def in_duckdb():
    database = duckdb.connect()
    database.execute("set timezone = 'UTC'")
    database.execute(f"create view refusals as from '{table}'")
    return [moments(row) for row in database.execute(query).fetchall()]


def in_clickhouse(source):
    session.query(f"create or replace view refusals as select * from {source}")
    lines = str(session.query(query, "JSONCompactEachRow")).splitlines()
    return [moments(json.loads(line)) for line in lines if line.strip()]


def put(url, body):
    headers = {"Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(url, data=body, method="PUT", headers=headers), timeout=30)


for wanted in ("pyarrow", "pandas", "numpy"):
    sys.modules.setdefault(wanted, MagicMock())
from chdb import session as chdb_session  # noqa: E402

session = chdb_session.Session()
store = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
store.start()
host, port = store.get_host_and_port()
bucket = f"http://{host}:{port}/refusals"
put(bucket, b"")
for number, part in enumerate(parts):
    put(f"{bucket}/host{number}.parquet", open(part, "rb").read())
found = {
    "DuckDB": in_duckdb(),
    "ClickHouse": in_clickhouse(f"file('{table}', 'Parquet')"),
    "ClickHouse over S3": in_clickhouse(f"s3('{bucket}/*.parquet', 'any', 'anything', 'Parquet')"),
}
session.close()
store.stop()
print(json.dumps(found))
