extension Migration {
    /// Years in the form in which NICT publishes NICTER's, and that series beside ours.
    static let years = Migration(
        version: 11, name: "years",
        sql: """
            CREATE TABLE meta.published_year (
                publisher text NOT NULL,
                year int4 NOT NULL,
                packets numeric NOT NULL,
                addresses int4 NOT NULL,
                packets_per_address numeric NOT NULL,
                origin text NOT NULL CHECK (origin IN ('published', 'rounded', 'derived')),
                PRIMARY KEY (publisher, year)
            );
            COMMENT ON TABLE meta.published_year IS 'What other telescopes published of their years, to compare with.';
            COMMENT ON COLUMN meta.published_year.publisher IS 'The telescope.';
            COMMENT ON COLUMN meta.published_year.year IS 'Calendar year.';
            COMMENT ON COLUMN meta.published_year.packets IS 'Packets.';
            COMMENT ON COLUMN meta.published_year.addresses IS 'Dark addresses.';
            COMMENT ON COLUMN meta.published_year.packets_per_address IS 'Packets for each address in the year, as published: not always the quotient of the other two.';
            COMMENT ON COLUMN meta.published_year.origin IS 'published; rounded: of press reports; derived: the number of addresses follows from the other two.';
            -- 2005 to 2017: NICT REPORT 2019, page 43. Later: press releases and white papers of the Japanese ministry MIC.
            INSERT INTO meta.published_year
            SELECT 'NICTER', year, billions * 1000000000, addresses, packets_per_address, origin FROM (VALUES
                (2005, 0.31, 16000, 19066, 'published'), (2006, 0.81, 100000, 17231, 'published'),
                (2007, 1.99, 100000, 19118, 'published'), (2008, 2.29, 120000, 22710, 'published'),
                (2009, 3.57, 120000, 36190, 'published'), (2010, 5.65, 120000, 50128, 'published'),
                (2011, 4.54, 120000, 40654, 'published'), (2012, 7.78, 190000, 53085, 'published'),
                (2013, 12.88, 210000, 63655, 'published'), (2014, 25.66, 240000, 115323, 'published'),
                (2015, 54.51, 280000, 213523, 'published'), (2016, 128.1, 300000, 469104, 'published'),
                (2017, 150.4, 300000, 559125, 'published'), (2020, 500.1, 300000, 1821000, 'rounded'),
                (2023, 619.7, 275000, 2250000, 'derived'), (2024, 686.2, 283000, 2430000, 'derived'),
                (2025, 701.0, 280000, 2500000, 'rounded')
            ) v (year, billions, addresses, packets_per_address, origin);

            CREATE VIEW api.year AS
            SELECT year, o.sites, o.packets, o.addresses, o.packets_per_address, o.coverage,
                p.packets AS nicter_packets, p.addresses AS nicter_addresses,
                p.packets_per_address AS nicter_packets_per_address, p.origin AS nicter_origin
            FROM (
                SELECT y.year, count(DISTINCT y.site) AS sites, sum(y.packets4::numeric + y.packets6) AS packets,
                    round((sum(y.expected) / (86400 * count(DISTINCT y.start)))::numeric) AS addresses,
                    round((sum(y.packets4) / nullif(sum(y.observed), 0)
                        * extract(epoch FROM make_date(y.year + 1, 1, 1)::timestamp - make_date(y.year, 1, 1)))::numeric)
                        AS packets_per_address,
                    sum(y.observed) / nullif(sum(y.expected), 0) AS coverage
                FROM (
                    SELECT extract(year FROM c.start AT TIME ZONE 'UTC')::int4 AS year, c.start, s.site, c.packets4,
                        c.packets6, c.observed_address_seconds AS observed, c.expected_address_seconds AS expected
                    FROM rollup.coverage c JOIN meta.sensor s ON s.id = c.sensor WHERE c.span = 86400
                ) y GROUP BY y.year
            ) o FULL JOIN (SELECT * FROM meta.published_year WHERE publisher = 'NICTER') p USING (year);
            COMMENT ON VIEW api.year IS 'Years (UTC) in the form in which NICT publishes those of NICTER, with that series beside ours. A year of which only some days are here has their packets and their rate.';
            COMMENT ON COLUMN api.year.year IS 'Calendar year.';
            COMMENT ON COLUMN api.year.sites IS 'Sites that have days in it.';
            COMMENT ON COLUMN api.year.packets IS 'Packets, IPv6 too.';
            COMMENT ON COLUMN api.year.addresses IS 'Dark IPv4 addresses of all sites together, on the mean of the days.';
            COMMENT ON COLUMN api.year.packets_per_address IS 'IPv4 packets that a dark address would get in the whole year at the rate of the observed time; NULL when nothing was observed.';
            COMMENT ON COLUMN api.year.coverage IS 'Observed address-seconds by expected ones, of the days that are here.';
            COMMENT ON COLUMN api.year.nicter_packets IS 'Packets of NICTER.';
            COMMENT ON COLUMN api.year.nicter_addresses IS 'Dark addresses of NICTER.';
            COMMENT ON COLUMN api.year.nicter_packets_per_address IS 'Packets for each address of NICTER in the year, as published.';
            COMMENT ON COLUMN api.year.nicter_origin IS 'published; rounded: of press reports; derived: the number of addresses follows from the other two.';
            """)
}
