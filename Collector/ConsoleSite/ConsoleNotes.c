#include "ConsoleSite.h"

// The ready-made questions of ops/sql, named here one by one as the pages are; a test compares the list with the folder.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char readme[] = {
#embed "../../ops/sql/README.md"
};
static const unsigned char address_history[] = {
#embed "../../ops/sql/address-history.sql"
};
static const unsigned char alert_evidence[] = {
#embed "../../ops/sql/alert-evidence.sql"
};
static const unsigned char alerts_by_organisation[] = {
#embed "../../ops/sql/alerts-by-organisation.sql"
};
static const unsigned char alerts_open[] = {
#embed "../../ops/sql/alerts-open.sql"
};
static const unsigned char as_history[] = {
#embed "../../ops/sql/as-history.sql"
};
static const unsigned char attacks[] = {
#embed "../../ops/sql/attacks.sql"
};
static const unsigned char backscatter_victims[] = {
#embed "../../ops/sql/backscatter-victims.sql"
};
static const unsigned char block_history[] = {
#embed "../../ops/sql/block-history.sql"
};
static const unsigned char busiest_sources[] = {
#embed "../../ops/sql/busiest-sources.sql"
};
static const unsigned char classes_by_day[] = {
#embed "../../ops/sql/classes-by-day.sql"
};
static const unsigned char country_history[] = {
#embed "../../ops/sql/country-history.sql"
};
static const unsigned char coverage_of_sites[] = {
#embed "../../ops/sql/coverage-of-sites.sql"
};
static const unsigned char first_site_of_port[] = {
#embed "../../ops/sql/first-site-of-port.sql"
};
static const unsigned char first_site_of_signature[] = {
#embed "../../ops/sql/first-site-of-signature.sql"
};
static const unsigned char hours_not_complete[] = {
#embed "../../ops/sql/hours-not-complete.sql"
};
static const unsigned char lost_packets[] = {
#embed "../../ops/sql/lost-packets.sql"
};
static const unsigned char new_ports[] = {
#embed "../../ops/sql/new-ports.sql"
};
static const unsigned char notices_undelivered[] = {
#embed "../../ops/sql/notices-undelivered.sql"
};
static const unsigned char port_at_a_site[] = {
#embed "../../ops/sql/port-at-a-site.sql"
};
static const unsigned char port_by_hour[] = {
#embed "../../ops/sql/port-by-hour.sql"
};
static const unsigned char port_sweepers[] = {
#embed "../../ops/sql/port-sweepers.sql"
};
static const unsigned char ports_of_address[] = {
#embed "../../ops/sql/ports-of-address.sql"
};
static const unsigned char ports_that_share_sources[] = {
#embed "../../ops/sql/ports-that-share-sources.sql"
};
static const unsigned char programme_year[] = {
#embed "../../ops/sql/programme-year.sql"
};
static const unsigned char rising_ports[] = {
#embed "../../ops/sql/rising-ports.sql"
};
static const unsigned char scanner_labels[] = {
#embed "../../ops/sql/scanner-labels.sql"
};
static const unsigned char scans[] = {
#embed "../../ops/sql/scans.sql"
};
static const unsigned char signatures_of_day[] = {
#embed "../../ops/sql/signatures-of-day.sql"
};
static const unsigned char site_against_pool[] = {
#embed "../../ops/sql/site-against-pool.sql"
};
static const unsigned char sites_compared[] = {
#embed "../../ops/sql/sites-compared.sql"
};
static const unsigned char smallest_events[] = {
#embed "../../ops/sql/smallest-events.sql"
};
static const unsigned char sources_at_many_sites[] = {
#embed "../../ops/sql/sources-at-many-sites.sql"
};
static const unsigned char sources_at_sites_within[] = {
#embed "../../ops/sql/sources-at-sites-within.sql"
};
static const unsigned char sources_of_port[] = {
#embed "../../ops/sql/sources-of-port.sql"
};
static const unsigned char surges[] = {
#embed "../../ops/sql/surges.sql"
};
static const unsigned char time_to_clean[] = {
#embed "../../ops/sql/time-to-clean.sql"
};
static const unsigned char tools_by_day[] = {
#embed "../../ops/sql/tools-by-day.sql"
};
static const unsigned char top_countries[] = {
#embed "../../ops/sql/top-countries.sql"
};
static const unsigned char top_networks[] = {
#embed "../../ops/sql/top-networks.sql"
};
static const unsigned char top_ports_by_packets[] = {
#embed "../../ops/sql/top-ports-by-packets.sql"
};
static const unsigned char top_ports_by_sources[] = {
#embed "../../ops/sql/top-ports-by-sources.sql"
};
static const unsigned char top_ports_by_spread[] = {
#embed "../../ops/sql/top-ports-by-spread.sql"
};
static const unsigned char top_ports_without_scanners[] = {
#embed "../../ops/sql/top-ports-without-scanners.sql"
};
static const unsigned char traffic_by_day[] = {
#embed "../../ops/sql/traffic-by-day.sql"
};
static const unsigned char years[] = {
#embed "../../ops/sql/years.sql"
};

#define NOTE(path, content) {path, content, sizeof content}

static const struct darkscope_site_file notes[] = {
    NOTE("README.md", readme),
    NOTE("address-history.sql", address_history),
    NOTE("alert-evidence.sql", alert_evidence),
    NOTE("alerts-by-organisation.sql", alerts_by_organisation),
    NOTE("alerts-open.sql", alerts_open),
    NOTE("as-history.sql", as_history),
    NOTE("attacks.sql", attacks),
    NOTE("backscatter-victims.sql", backscatter_victims),
    NOTE("block-history.sql", block_history),
    NOTE("busiest-sources.sql", busiest_sources),
    NOTE("classes-by-day.sql", classes_by_day),
    NOTE("country-history.sql", country_history),
    NOTE("coverage-of-sites.sql", coverage_of_sites),
    NOTE("first-site-of-port.sql", first_site_of_port),
    NOTE("first-site-of-signature.sql", first_site_of_signature),
    NOTE("hours-not-complete.sql", hours_not_complete),
    NOTE("lost-packets.sql", lost_packets),
    NOTE("new-ports.sql", new_ports),
    NOTE("notices-undelivered.sql", notices_undelivered),
    NOTE("port-at-a-site.sql", port_at_a_site),
    NOTE("port-by-hour.sql", port_by_hour),
    NOTE("port-sweepers.sql", port_sweepers),
    NOTE("ports-of-address.sql", ports_of_address),
    NOTE("ports-that-share-sources.sql", ports_that_share_sources),
    NOTE("programme-year.sql", programme_year),
    NOTE("rising-ports.sql", rising_ports),
    NOTE("scanner-labels.sql", scanner_labels),
    NOTE("scans.sql", scans),
    NOTE("signatures-of-day.sql", signatures_of_day),
    NOTE("site-against-pool.sql", site_against_pool),
    NOTE("sites-compared.sql", sites_compared),
    NOTE("smallest-events.sql", smallest_events),
    NOTE("sources-at-many-sites.sql", sources_at_many_sites),
    NOTE("sources-at-sites-within.sql", sources_at_sites_within),
    NOTE("sources-of-port.sql", sources_of_port),
    NOTE("surges.sql", surges),
    NOTE("time-to-clean.sql", time_to_clean),
    NOTE("tools-by-day.sql", tools_by_day),
    NOTE("top-countries.sql", top_countries),
    NOTE("top-networks.sql", top_networks),
    NOTE("top-ports-by-packets.sql", top_ports_by_packets),
    NOTE("top-ports-by-sources.sql", top_ports_by_sources),
    NOTE("top-ports-by-spread.sql", top_ports_by_spread),
    NOTE("top-ports-without-scanners.sql", top_ports_without_scanners),
    NOTE("traffic-by-day.sql", traffic_by_day),
    NOTE("years.sql", years),
};

size_t darkscope_note_count(void) { return sizeof notes / sizeof notes[0]; }

struct darkscope_site_file darkscope_note_at(size_t place) { return notes[place]; }
