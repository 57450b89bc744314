-- Spreads a Darkscope database over the workers of a Citus cluster (ops/scale.md). Once, on the coordinator, after
-- `darkscope-collector migrate` and with every collector stopped; again after a migration that makes tables:
--
--   psql -v ON_ERROR_STOP=1 -f ops/citus.sql CONNINFO
--
-- What has a sensor in its key is distributed by sensor, all of a sensor on one worker. The registry, streams,
-- signatures and what is summed over all sensors stay on the coordinator: they are small.

-- Citus hands on no range types: they are made on each worker, and marked as being there.
DO $body$
DECLARE
    missing record;
BEGIN
    FOR missing IN
        SELECT r.rngtypid AS id, n.nspname AS schema, format('%I.%I', n.nspname, t.typname) AS name,
            format_type(r.rngsubtype, NULL) AS subtype
        FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = 'rollup'
            AND NOT EXISTS (SELECT FROM pg_dist_object o WHERE o.classid = 'pg_type'::regclass AND o.objid = r.rngtypid)
    LOOP
        PERFORM run_command_on_workers(format('SET citus.enable_ddl_propagation = off; CREATE SCHEMA IF NOT EXISTS %I',
            missing.schema));
        IF EXISTS (SELECT FROM run_command_on_workers(format(
            'SET citus.enable_ddl_propagation = off; CREATE TYPE %s AS RANGE (SUBTYPE = %s)', missing.name, missing.subtype))
            WHERE NOT success AND result NOT LIKE '%already exists%')
        THEN
            RAISE EXCEPTION 'a worker does not let the type % be made', missing.name;
        END IF;
        INSERT INTO pg_dist_object (classid, objid, objsubid) VALUES ('pg_type'::regclass, missing.id, 0);
    END LOOP;
END $body$;

DO $body$
DECLARE
    next record;
    together text := 'none';
BEGIN
    FOR next IN
        SELECT c.oid::regclass::text AS name, d.logicalrelid IS NOT NULL AS is_distributed
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'sensor'
        LEFT JOIN pg_dist_partition d ON d.logicalrelid = c.oid
        WHERE n.nspname IN ('raw', 'rollup', 'event', 'trend') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum <> ALL (i.indkey))
        ORDER BY c.relname <> 'batch', 1
    LOOP
        IF NOT next.is_distributed THEN
            PERFORM create_distributed_table(next.name, 'sensor', colocate_with => together);
        END IF;
        together := 'raw.batch';
    END LOOP;
END $body$;
