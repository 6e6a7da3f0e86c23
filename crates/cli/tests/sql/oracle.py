"""Counts refusals by cause, path and client without why403: DuckDB over the text of the three logs, a regular expression
for each line. Arguments: access log, error log, audit log. Prints [[cause, route, client, count]]."""

import json
import sys

import duckdb

access, error, audit = sys.argv[1:]


def lines(path):
    return (
        f"read_csv('{path}', columns={{'line':'VARCHAR'}}, delim='\x01', quote='', escape='', header=false,"
        " auto_detect=false)"
    )


ACCESS = r'^([^ ]+) - .*? \[([^ ]+) [^\]]*\] "((?:[^"\\]|\\.)*)" ([0-9]{3}) [0-9-]+ ".* rid=([0-9a-f]+) '
ERROR = r'^([0-9/]+ [0-9:]+) .* access forbidden by rule, client: ([^,]+), .*request: "([^"]*)"'

query = f"""
with refused as (
  select r.client, r.request, strptime(r.time, '%d/%b/%Y:%H:%M:%S') as moment, r.id
  from (select regexp_extract(line, '{ACCESS}', ['client', 'time', 'request', 'status', 'id']) r from {lines(access)})
  where r.status = '403'),
ruled as (
  select r.client, r.request, strptime(r.time, '%Y/%m/%d %H:%M:%S') as moment
  from (select regexp_extract(line, '{ERROR}', ['time', 'client', 'request']) r from {lines(error)}) where r.client <> ''),
scored as (select transaction.unique_id as id from read_json('{audit}', format = 'newline_delimited'))
select case when s.id is not null then 'waf.rule' when u.client is not null then 'server.access-rule' end as cause,
       regexp_replace(regexp_replace(split_part(split_part(request, ' ', 2), '?', 1),
         '/[0-9]+(/|$)', '/{{id}}\\1', 'g'), '/[0-9]+(/|$)', '/{{id}}\\1', 'g') as route,
       client, count(*)
from refused left join scored s using (id)
left join (select distinct * from ruled) u using (client, request, moment)
group by all order by all
"""
database = duckdb.connect(config={"threads": 2})
print(json.dumps(database.execute(query).fetchall()))
