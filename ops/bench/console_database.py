"""The database of ops/bench/console: rollups of many sites and days in the form that collectors make, written by SQL."""

import sys

NAME = "darkscope_console_bench"
DAY = "date_bin('1 day', now(), '2000-01-01Z')"
# Hours that sensors have of their own, and the world.
SENSOR_DAYS, WORLD_HOUR_DAYS = 3, 32
COUNTRIES, NETWORKS = 180, 500

# Sets of sources for each power of two, sixteen of each size, so that those of days and ports differ, and functions that say
# what a port of some rank has.
HELPERS = """
CREATE EXTENSION IF NOT EXISTS hll SCHEMA public;
CREATE SCHEMA bench;
CREATE TABLE bench.sketch AS
SELECT n, v, sum(1) AS sources, public.hll_add_agg(public.hll_hash_bigint((v * 1000003 + g)::int8))::text::bytea AS sketch
FROM generate_series(0, 13) n, generate_series(0, 15) v, generate_series(1, (2 ^ n)::int4) g GROUP BY n, v;
-- Zipf: the first of a class has most.
CREATE FUNCTION bench.packets(most float8, rank int4, seed int8) RETURNS int8 LANGUAGE sql IMMUTABLE AS $$
    SELECT greatest(1, most / rank * (0.5 + (abs(hashint8(seed)) % 1000) / 1000.0))::int8 $$;
CREATE FUNCTION bench.size(packets int8) RETURNS int4 LANGUAGE sql IMMUTABLE AS $$
    SELECT least(13, floor(log(2.0, (packets / 2 + 1)::numeric)))::int4 $$;
"""

REGISTRY = """
INSERT INTO meta.site (code, name, country, zone) SELECT 's' || n, 'Site ' || n, 'SG', 'Asia/Singapore'
FROM generate_series(1, %(sites)s) n;
INSERT INTO meta.dark_prefix (site, prefix, validity)
SELECT id, ('198.' || 18 + id / 256 || '.' || id %% 256 || '.0/24')::cidr, '(,)' FROM meta.site;
INSERT INTO meta.sensor (site, name, created_at) SELECT id, 'edge', now() - interval '1 year' FROM meta.site;
INSERT INTO meta.sensor_key (sensor, public_key) SELECT id, decode(lpad(to_hex(id), 64, '0'), 'hex') FROM meta.sensor;
UPDATE rollup.parts SET scanners_since = '-infinity';
"""

# What each table has a row for, and its packets: (key columns, source of rows, most packets of the first).
PORTS = """
    SELECT k.class, CASE WHEN k.class IN (7, 8) THEN 2048 + k.rank ELSE (k.rank * 7919 + k.class * 31) %% 65536 END AS service_port,
        k.rank FROM (SELECT c::int2 AS class, g AS rank FROM unnest('{1,2,3,5,7}'::int4[]) c, generate_series(1, %(ports)s) g) k
"""
COUNTRY = """
    SELECT chr(65 + g / 26) || chr(65 + g %% 26) AS country, b AS is_backscatter, g + 1 AS rank
    FROM generate_series(0, %(countries)s) g, unnest('{false,true}'::bool[]) b
"""
NETWORK = """
    SELECT (CASE WHEN g = 0 THEN 0 ELSE 64000 + g END)::int8 AS asn, b AS is_backscatter, g + 1 AS rank
    FROM generate_series(0, %(networks)s) g, unnest('{false,true}'::bool[]) b
"""
TOTAL = "SELECT b AS is_backscatter, 1 AS rank FROM unnest('{false,true}'::bool[]) b"


def fill(connection, options):
    """Writes all rows; a few minutes for 100 sites and 90 days."""
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit = off")
    cursor.execute("SET session_replication_role = replica")
    cursor.execute(HELPERS)
    cursor.execute(REGISTRY, {"sites": options.sites})
    rows = 0
    for table, columns, keys, spread, most, days, is_world in tables(options):
        is_scanner = "scanner" in table
        step = "1 hour" if table.endswith("hour") else "1 day"
        # What few packets came of, few sites saw.
        seen = "site.ids[:greatest(1, least(cardinality(site.ids), p.packets / 100))::int4], "
        place = seen * (1 + is_scanner) if is_world else "site.id, "
        names = "sites, " + ("other_sites, " if is_scanner else "") if is_world else "sensor, "
        source = "(SELECT array_agg(id ORDER BY id) AS ids, 0 AS id FROM meta.site) site" if is_world else "meta.sensor site"
        bytes_ = "p.packets * 60, " if "port" in table else ""
        sql = f"""
            INSERT INTO rollup.{table} (start, {names}{columns}, packets, {'bytes, ' if bytes_ else ''}flows, sources,
                sources_precision, sketch)
            SELECT t, {place}{', '.join('k.' + c.strip() for c in columns.split(','))}, p.packets, {bytes_}p.packets, s.sources,
                CASE WHEN s.sources > 256 THEN 1 ELSE 0 END, s.sketch
            FROM generate_series({DAY} - %(days)s * interval '1 day', {DAY} + interval '1 day' - interval '1 us', '{step}') t,
                {source}, ({spread}) k,
                LATERAL (SELECT bench.packets(%(most)s, k.rank, extract(epoch FROM t)::int8 / 3600 * 977 + k.rank + site.id)
                    AS packets) p
                JOIN bench.sketch s ON s.n = bench.size(p.packets)
                    AND s.v = (extract(epoch FROM t)::int8 / 3600 / 24 + k.rank + site.id) %% 16
            WHERE t < now() - interval '1 hour' {'AND k.rank %% 3 = 1' if is_scanner else ''}"""
        cursor.execute(sql, {"days": days, "most": most, "ports": keys, "countries": COUNTRIES, "networks": NETWORKS})
        rows += cursor.rowcount
        print(f"wrote     {table}: {cursor.rowcount:,}", file=sys.stderr)
    rows += rest(cursor, options)
    cursor.execute("CREATE TABLE public.filled AS SELECT now() AS at")
    cursor.execute("VACUUM ANALYZE")
    return rows


def tables(options):
    """Table, key columns, ports of a class, rows of a span, packets of the first, days, whether it is of all sensors."""
    days, sites = options.days, options.sites
    for scanner in ("", "scanner_"):
        part = 0.5 if scanner else 1
        yield f"{scanner}port_hour", "class, service_port", 60, PORTS, 200 * part, SENSOR_DAYS, False
        yield f"{scanner}port_day", "class, service_port", 80, PORTS, 4_800 * part, days, False
        yield f"world_{scanner}port_hour", "class, service_port", 400, PORTS, 200 * sites * part, WORLD_HOUR_DAYS, True
        yield f"world_{scanner}port_day", "class, service_port", 1_000, PORTS, 4_800 * sites * part, days, True
        for name, columns, spread in (("country", "country, is_backscatter", COUNTRY), ("as", "asn, is_backscatter", NETWORK),
                                      ("total", "is_backscatter", TOTAL)):
            yield f"{scanner}{name}_hour", columns, 0, spread, 400 * part, 1 if name != "total" else SENSOR_DAYS, False
            yield f"{scanner}{name}_day", columns, 0, spread, 9_600 * part, {'country': 30, 'as': 8, 'total': days}[name], False
            yield f"world_{scanner}{name}_hour", columns, 0, spread, 400 * sites * part, WORLD_HOUR_DAYS, True
            yield f"world_{scanner}{name}_day", columns, 0, spread, 9_600 * sites * part, days, True


def rest(cursor, options):
    """Coverage, totals of the world, sources, and a ledger of the last hours."""
    values = {"days": options.days, "sites": options.sites}
    rows = 0
    for span, step, days in ((300, "5 minutes", 3), (3_600, "1 hour", options.days), (86_400, "1 day", options.days)):
        cursor.execute(f"""
            INSERT INTO rollup.coverage
            SELECT {span}, t, s.id, {span}, {span} * 256.0, {span} * 256.0, {span} / 5, {span} / 100, {span} / 60, 0, 0, 0, 0, 0, 0
            FROM generate_series({DAY} - {days} * interval '1 day', now() - interval '1 hour', '{step}') t, meta.sensor s""")
        rows += cursor.rowcount
        if span > 300:
            cursor.execute(f"""
                INSERT INTO rollup.world_total (span, start, packets, bytes, flows, sources, sources_precision, sites, sketch)
                SELECT {span}, t, {span}::int8 * 20, {span}::int8 * 1200, {span}::int8 * 20, k.sources, 1, i.ids, k.sketch
                FROM generate_series({DAY} - {days} * interval '1 day', now() - interval '1 hour', '{step}') t,
                    (SELECT array_agg(id ORDER BY id) AS ids FROM meta.site) i, bench.sketch k
                WHERE k.n = 13 AND k.v = extract(epoch FROM t)::int8 / 86400 % 16""")
            rows += cursor.rowcount
    cursor.execute(f"""
        INSERT INTO rollup.first_source_day
        SELECT t, '1.0.0.0'::inet + (g::int8 * 104729 + extract(day FROM t)::int8 * (g %% 7)) %% 3000000000,
            bench.packets(500000, g, extract(epoch FROM t)::int8 + g), least(g %% 100 + 1, %(sites)s), t, t + interval '23 hours',
            g %% 3 = 0
        FROM generate_series({DAY} - %(days)s * interval '1 day', {DAY} - interval '1 day', '1 day') t,
            generate_series(1, 2000) g ON CONFLICT DO NOTHING""", values)
    rows += cursor.rowcount
    # A thousand addresses to a row, as collectors write them.
    cursor.execute(f"""
        INSERT INTO rollup.source_day (start, sensor, chunk, family, source_min, source_max, source4, packets, first_second)
        SELECT t, s.id, c, 4, '0.0.0.0'::inet + (a.first + 2147483648), '0.0.0.0'::inet + (a.first + 999 * 2000 + 2147483648),
            (SELECT array_agg((a.first + g * 2000)::int4 ORDER BY g) FROM generate_series(0, 999) g),
            (SELECT array_agg((1 + g %% 9)::int8 ORDER BY g) FROM generate_series(0, 999) g),
            (SELECT array_agg(g * 80 ORDER BY g) FROM generate_series(0, 999) g)
        FROM generate_series({DAY} - least(%(days)s, 8) * interval '1 day', {DAY} - interval '1 day', '1 day') t, meta.sensor s,
            generate_series(0, 19) c, LATERAL (SELECT -2000000000 + c::int8 * 200000000 + s.id AS first) a""", values)
    rows += cursor.rowcount
    cursor.execute(f"""
        INSERT INTO rollup.world_source_day (start, chunk, family, least_sites, source_min, source_max, source4, sites,
            sensor_ends, sensors, packets, first_second, last_second)
        SELECT t, c, 4, 1, '0.0.0.0'::inet + (a.first + 2147483648), '0.0.0.0'::inet + (a.first + 999 * 2000 + 2147483648),
            (SELECT array_agg((a.first + g * 2000)::int4 ORDER BY g) FROM generate_series(0, 999) g), v.ones, v.ends, v.sensors,
            v.packets, v.firsts, v.firsts
        FROM generate_series({DAY} - %(days)s * interval '1 day', {DAY} - interval '1 day', '1 day') t, generate_series(0, 99) c,
            LATERAL (SELECT -2000000000 + c::int8 * 40000000 + 1 AS first) a, (
                SELECT array_agg(1 ORDER BY g) AS ones, array_agg(g + 1 ORDER BY g) AS ends, array_agg(1 + g %% %(sites)s ORDER BY g)
                    AS sensors, array_agg((1 + g %% 9)::int8 ORDER BY g) AS packets, array_agg(g * 80 ORDER BY g) AS firsts
                FROM generate_series(0, 999) g) v""", values)
    rows += cursor.rowcount
    cursor.execute("""
        INSERT INTO raw.batch (sensor, stream, sequence, digest, kind, window_start, window_seconds, part, is_last_part,
            family, records, overflow_records, signatures, encoded_bytes, received_at, committed_at)
        SELECT s.id, 0, extract(epoch FROM at)::int8 / 60, 0, 1, at, 60, 0, true, 4, 0, 0, 0, 100, at + interval '61 s',
            at + (61 + 5 * random()) * interval '1 s'
        FROM generate_series(date_trunc('minute', now() - interval '8 days'), now() - interval '2 minutes', '1 minute') at,
            meta.sensor s""")
    return rows + cursor.rowcount
