extension Migration {
    /// What is remembered to find the ports whose traffic changes, and the surges that were found.
    static let trends = Migration(
        version: 20, name: "trends",
        sql: """
            CREATE SCHEMA trend;
            COMMENT ON SCHEMA trend IS 'Changes of the traffic that collectors find in the rollups; read them through api.surge.';

            -- Append-only, as rollup.dirty is.
            CREATE TABLE trend.changed (
                start timestamptz NOT NULL,
                id int8 GENERATED ALWAYS AS IDENTITY,
                marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                PRIMARY KEY (start, id)
            );
            COMMENT ON TABLE trend.changed IS 'Hours of which rollups were made since they were taken into the state; those before the state''s time make it go back.';
            COMMENT ON COLUMN trend.changed.start IS 'Start of the hour (UTC).';
            COMMENT ON COLUMN trend.changed.id IS 'Number of the mark.';
            COMMENT ON COLUMN trend.changed.marked_at IS 'When the rollups of the hour were made.';

            CREATE TABLE trend.state (
                at timestamptz PRIMARY KEY,
                points int4 NOT NULL,
                panel int4[] NOT NULL
            );
            COMMENT ON TABLE trend.state IS 'States between two hours: the present one, and those of the starts of days, from which what changed later is run again. Days of 40 days are kept, then the first of each month.';
            COMMENT ON COLUMN trend.state.at IS 'Hours that begin before are in it, later ones are not.';
            COMMENT ON COLUMN trend.state.points IS 'Ten minutes since the beginning, 144 for more.';
            COMMENT ON COLUMN trend.state.panel IS 'meta.sensor.id of the sensors whose traffic was summed last.';

            CREATE TABLE trend.port (
                at timestamptz NOT NULL,
                class int2 NOT NULL,
                service_port int4 NOT NULL,
                weight float8 NOT NULL,
                packets float8[] NOT NULL,
                sources float8[] NOT NULL,
                PRIMARY KEY (at, class, service_port)
            );
            COMMENT ON TABLE trend.port IS 'What a state remembers of each port it watches, at most 2,000.';
            COMMENT ON COLUMN trend.port.at IS 'trend.state.at.';
            COMMENT ON COLUMN trend.port.class IS 'Traffic class; api.class_name names it.';
            COMMENT ON COLUMN trend.port.service_port IS 'Service port.';
            COMMENT ON COLUMN trend.port.weight IS 'Packets of its hours, those of a week ago for a third.';
            COMMENT ON COLUMN trend.port.packets IS 'State of the series of packets: numbers of PortSeries in module Analysis.';
            COMMENT ON COLUMN trend.port.sources IS 'State of the series of sources.';

            CREATE TABLE trend.surge (
                start timestamptz NOT NULL,
                class int2 NOT NULL,
                service_port int4 NOT NULL,
                metric int2 NOT NULL CHECK (metric IN (1, 2)),
                until timestamptz NOT NULL,
                peak timestamptz NOT NULL,
                score float8 NOT NULL,
                value float8 NOT NULL,
                usual float8 NOT NULL,
                other_value float8 NOT NULL,
                other_usual float8 NOT NULL,
                sites jsonb,
                countries jsonb,
                signatures jsonb,
                tools jsonb,
                explanation text NOT NULL,
                is_provisional bool NOT NULL,
                PRIMARY KEY (start, class, service_port, metric)
            );
            CREATE INDEX surge_port ON trend.surge (class, service_port, start);
            CREATE INDEX surge_until ON trend.surge (until);
            COMMENT ON TABLE trend.surge IS 'Rises of packets or sources of a port over all sensors that ChangeFinder scores as a change.';
            COMMENT ON COLUMN trend.surge.start IS 'Start of the first ten minutes that are an alert.';
            COMMENT ON COLUMN trend.surge.class IS 'Traffic class; api.class_name names it.';
            COMMENT ON COLUMN trend.surge.service_port IS 'Service port.';
            COMMENT ON COLUMN trend.surge.metric IS 'What rose: 1 packets, 2 sources.';
            COMMENT ON COLUMN trend.surge.until IS 'End of the last ten minutes that are an alert so far.';
            COMMENT ON COLUMN trend.surge.peak IS 'Start of the ten minutes with the greatest value.';
            COMMENT ON COLUMN trend.surge.score IS 'Greatest score.';
            COMMENT ON COLUMN trend.surge.value IS 'Greatest value of ten minutes, as if all of the dark space had been observed.';
            COMMENT ON COLUMN trend.surge.usual IS 'Mean before the rise, that of a day and a half ago for a third.';
            COMMENT ON COLUMN trend.surge.other_value IS 'Of packets the sources, of sources the packets, in the ten minutes of the peak.';
            COMMENT ON COLUMN trend.surge.other_usual IS 'What was usual of that.';
            COMMENT ON COLUMN trend.surge.sites IS 'Shares of sites in the packets of the peak: a list of name and share, the greatest first, at most ten.';
            COMMENT ON COLUMN trend.surge.countries IS 'The same of countries, at most five, by the 10,000 sources with the most packets; NULL when they or the flows are not there.';
            COMMENT ON COLUMN trend.surge.signatures IS 'The same of header signatures, at most five; NULL when the flows are not there.';
            COMMENT ON COLUMN trend.surge.tools IS 'The same of packets that match the header tests for tools; NULL when the flows are not there.';
            COMMENT ON COLUMN trend.surge.explanation IS 'All that in a sentence.';
            COMMENT ON COLUMN trend.surge.is_provisional IS 'Whether it is of hours that are not taken into the state yet; it is found anew each time.';

            -- Planned when it is first reached: a database may be without the function that knows.
            CREATE FUNCTION trend.country(source inet) RETURNS text LANGUAGE plpgsql STABLE
            SET search_path = pg_catalog AS $body$
            BEGIN
                IF to_regprocedure('api.origin(inet)') IS NULL THEN RETURN NULL; END IF;
                RETURN (SELECT o.country FROM api.origin(country.source) o);
            END $body$;
            COMMENT ON FUNCTION trend.country(inet) IS 'Country of a source as surges tell it, by api.origin; NULL where that is not known.';

            CREATE FUNCTION trend.rewind(since timestamptz) RETURNS void
            LANGUAGE sql SET search_path = pg_catalog AS $body$
                INSERT INTO trend.changed (start, marked_at)
                VALUES (date_bin('1 hour', since, '2000-01-01Z'), '-infinity')
            $body$;
            COMMENT ON FUNCTION trend.rewind(timestamptz) IS 'Has the surges from then on found again by a collector: it goes back to the last state that is kept from before, and runs over what the rollups hold since.';

            CREATE VIEW api.surge AS
            SELECT start, until, api.class_name(class) AS class, api.is_backscatter(class) AS is_backscatter, service_port,
                CASE metric WHEN 1 THEN 'packets' ELSE 'sources' END AS metric, score, peak, value, usual,
                value / nullif(usual, 0) AS times_usual,
                CASE metric WHEN 1 THEN value ELSE other_value END AS packets,
                CASE metric WHEN 1 THEN other_value ELSE value END AS sources,
                sites, countries, signatures, tools, explanation, is_provisional
            FROM trend.surge;
            COMMENT ON VIEW api.surge IS 'Rises of packets or sources of a port over all sensors, found in the sums of ten minutes by ChangeFinder (score above 3) where the port had at least twice its usual, and 100 packets or 10 sources more.';
            COMMENT ON COLUMN api.surge.start IS 'Start of the first ten minutes that are an alert.';
            COMMENT ON COLUMN api.surge.until IS 'End of the last ten minutes that are an alert so far; the traffic may stay high for longer, and is then usual.';
            COMMENT ON COLUMN api.surge.class IS 'Traffic class.';
            COMMENT ON COLUMN api.surge.is_backscatter IS 'Whether the packets answer packets with forged dark sources.';
            COMMENT ON COLUMN api.surge.service_port IS 'As in api.flow.';
            COMMENT ON COLUMN api.surge.metric IS 'What rose: packets or sources.';
            COMMENT ON COLUMN api.surge.score IS 'Greatest score; above 3 is an alert.';
            COMMENT ON COLUMN api.surge.peak IS 'Start of the ten minutes with the greatest value.';
            COMMENT ON COLUMN api.surge.value IS 'That value, as if all of the dark space had been observed.';
            COMMENT ON COLUMN api.surge.usual IS 'Mean before the rise, that of a day and a half ago for a third.';
            COMMENT ON COLUMN api.surge.times_usual IS 'The first by the second; NULL when nothing was usual.';
            COMMENT ON COLUMN api.surge.packets IS 'Packets in the ten minutes of the peak, scaled as value is.';
            COMMENT ON COLUMN api.surge.sources IS 'Sources in them: distinct at each sensor in five minutes, and added, so that one that several sensors see counts at each.';
            COMMENT ON COLUMN api.surge.sites IS 'Shares of sites in the packets of the peak: a list of name and share, the greatest first, at most ten.';
            COMMENT ON COLUMN api.surge.countries IS 'Shares of countries in them, at most five, by the 10,000 sources with the most packets; NULL when they or the flows are not there.';
            COMMENT ON COLUMN api.surge.signatures IS 'Shares of header signatures in them, at most five; NULL when the flows are not there.';
            COMMENT ON COLUMN api.surge.tools IS 'Shares of packets that match the header tests for tools; NULL when the flows are not there.';
            COMMENT ON COLUMN api.surge.explanation IS 'All that in a sentence.';
            COMMENT ON COLUMN api.surge.is_provisional IS 'Whether it is of the present hour, or of one of which not everything is here: it may change, and go.';
            """)
}
