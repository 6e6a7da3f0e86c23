"""Counts refusals by cause, path and client without why403: DuckDB over the text of the logs, a regular expression for
each line. Arguments: the kind of the logs, and its files. Prints [[cause, route, client, count]]."""

import json
import sys

import duckdb

kind, *files = sys.argv[1:]


def lines(path):
    return (
        f"read_csv('{path}', columns={{'line':'VARCHAR'}}, delim='\x01', quote='', escape='', header=false,"
        " auto_detect=false)"
    )


def cut(path, pattern, names):
    """What a pattern cuts from each line, as columns."""
    return f"(select unnest(regexp_extract(line, '{pattern}', {names})) from {lines(path)})"


# A quoted request, in which quotation marks are escaped, and what stands before it.
REQUEST = r'[^\]]*\] "((?:[^"\\]|\\.)*)"'


def combined(access):
    own = cut(access, r"^([^ ]+) - .*? \[" + REQUEST + r' ([0-9]{3}) [0-9]+ "', ["client", "request", "status"])
    return f"select null as cause, split_part(request, ' ', 2) as target, client from {own} where status = '403'"


def in_json(access):
    own = f"read_json('{access}', format = 'newline_delimited')"
    return f"select null as cause, request_uri as target, remote_addr as client from {own} where status = 403"


def haproxy(access):
    pattern = r'haproxy\[[0-9]+\]: ([0-9.]+):[0-9]+ \[[^\]]+\] [^ ]+ [^ ]+ [^ ]+ ([0-9]{3}) [0-9]+ - - (....) .*"([^"]*)"$'
    own = cut(access, pattern, ["client", "status", "states", "request"])
    cause = "case when states like 'PR%' then 'server.access-rule' end"
    return f"select {cause} as cause, split_part(request, ' ', 2) as target, client from {own} where status = '403'"


def apache(access, error):
    pattern = r"^[^ ]+ ([^ ]+) - .*? \[" + REQUEST + r' ([0-9]{3}) [0-9]+ ".* ([0-9a-f]{32})$'
    own = cut(access, pattern, ["client", "request", "status", "id"])
    denied = cut(error, r"\[([0-9a-f]{32})\] AH01630: ", ["id"])
    return f"""select case when d.id is not null then 'server.access-rule' end as cause,
        split_part(request, ' ', 2) as target, client
        from {own} left join (select distinct id from {denied} where id <> '') d using (id) where status = '403'"""


def nginx(access, error, audit):
    pattern = r"^([^ ]+) - .*? \[([^ ]+) " + REQUEST + r' ([0-9]{3}) [0-9-]+ ".* rid=([0-9a-f]+) '
    own = cut(access, pattern, ["client", "time", "request", "status", "id"])
    pattern = r'^([0-9/]+ [0-9:]+) .* access forbidden by rule, client: ([^,]+), .*request: "([^"]*)"'
    ruled = cut(error, pattern, ["time", "client", "request"])
    return f"""
    select case when s.id is not null then 'waf.rule' when u.client is not null then 'server.access-rule' end as cause,
           split_part(request, ' ', 2) as target, client
    from (select *, strptime(time, '%d/%b/%Y:%H:%M:%S') as moment from {own} where status = '403') r
    left join (select distinct transaction.unique_id as id from read_json('{audit}', format = 'newline_delimited')) s
      using (id)
    left join (select distinct client, request, strptime(time, '%Y/%m/%d %H:%M:%S') as moment
               from {ruled} where client <> '') u using (client, request, moment)"""


refused = {"combined": combined, "json": in_json, "haproxy": haproxy, "apache": apache, "nginx": nginx}[kind](*files)
query = f"""
select cause,
       regexp_replace(regexp_replace(split_part(target, '?', 1), '/[0-9]+(/|$)', '/{{id}}\\1', 'g'),
         '/[0-9]+(/|$)', '/{{id}}\\1', 'g') as route,
       client, count(*)
from ({refused}) group by all order by all
"""
database = duckdb.connect(config={"threads": 2})
database.execute("set enable_progress_bar = false")
print(json.dumps(database.execute(query).fetchall()))
