#include "ConsoleSite.h"

// Files are named here one by one: the compiler then knows when one of them has changed. A test compares this list with
// the folder.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char app_js[] = {
#embed "pages/app.js"
};
static const unsigned char charts_answers_js[] = {
#embed "pages/charts/answers.js"
};
static const unsigned char charts_axes_js[] = {
#embed "pages/charts/axes.js"
};
static const unsigned char charts_bars_js[] = {
#embed "pages/charts/bars.js"
};
static const unsigned char charts_bins_js[] = {
#embed "pages/charts/bins.js"
};
static const unsigned char charts_colours_js[] = {
#embed "pages/charts/colours.js"
};
static const unsigned char charts_cursor_js[] = {
#embed "pages/charts/cursor.js"
};
static const unsigned char charts_grid_js[] = {
#embed "pages/charts/grid.js"
};
static const unsigned char charts_heat_js[] = {
#embed "pages/charts/heat.js"
};
static const unsigned char charts_map_js[] = {
#embed "pages/charts/map.js"
};
static const unsigned char charts_sankey_js[] = {
#embed "pages/charts/sankey.js"
};
static const unsigned char charts_series_js[] = {
#embed "pages/charts/series.js"
};
static const unsigned char charts_spark_js[] = {
#embed "pages/charts/spark.js"
};
static const unsigned char charts_strip_js[] = {
#embed "pages/charts/strip.js"
};
static const unsigned char charts_years_js[] = {
#embed "pages/charts/years.js"
};
static const unsigned char index_html[] = {
#embed "pages/index.html"
};
static const unsigned char lib_alertwords_js[] = {
#embed "pages/lib/alertWords.js"
};
static const unsigned char lib_ask_js[] = {
#embed "pages/lib/ask.js"
};
static const unsigned char lib_busy_js[] = {
#embed "pages/lib/busy.js"
};
static const unsigned char lib_choices_js[] = {
#embed "pages/lib/choices.js"
};
static const unsigned char lib_coverage_js[] = {
#embed "pages/lib/coverage.js"
};
static const unsigned char lib_dom_js[] = {
#embed "pages/lib/dom.js"
};
static const unsigned char lib_filterbox_js[] = {
#embed "pages/lib/filterBox.js"
};
static const unsigned char lib_filtertext_js[] = {
#embed "pages/lib/filterText.js"
};
static const unsigned char lib_format_js[] = {
#embed "pages/lib/format.js"
};
static const unsigned char lib_keys_js[] = {
#embed "pages/lib/keys.js"
};
static const unsigned char lib_live_js[] = {
#embed "pages/lib/live.js"
};
static const unsigned char lib_names_js[] = {
#embed "pages/lib/names.js"
};
static const unsigned char lib_panel_js[] = {
#embed "pages/lib/panel.js"
};
static const unsigned char lib_place_js[] = {
#embed "pages/lib/place.js"
};
static const unsigned char lib_say_js[] = {
#embed "pages/lib/say.js"
};
static const unsigned char lib_session_js[] = {
#embed "pages/lib/session.js"
};
static const unsigned char lib_sqltext_js[] = {
#embed "pages/lib/sqlText.js"
};
static const unsigned char lib_table_js[] = {
#embed "pages/lib/table.js"
};
static const unsigned char lib_theme_js[] = {
#embed "pages/lib/theme.js"
};
static const unsigned char lib_world_js[] = {
#embed "pages/lib/world.js"
};
static const unsigned char lib_zone_js[] = {
#embed "pages/lib/zone.js"
};
static const unsigned char style_base_css[] = {
#embed "pages/style/base.css"
};
static const unsigned char style_charts_css[] = {
#embed "pages/style/charts.css"
};
static const unsigned char style_explore_css[] = {
#embed "pages/style/explore.css"
};
static const unsigned char style_parts_css[] = {
#embed "pages/style/parts.css"
};
static const unsigned char style_shell_css[] = {
#embed "pages/style/shell.css"
};
static const unsigned char style_views_css[] = {
#embed "pages/style/views.css"
};
static const unsigned char views_account_js[] = {
#embed "pages/views/account.js"
};
static const unsigned char views_alert_js[] = {
#embed "pages/views/alert.js"
};
static const unsigned char views_alertactions_js[] = {
#embed "pages/views/alertActions.js"
};
static const unsigned char views_alertnotices_js[] = {
#embed "pages/views/alertNotices.js"
};
static const unsigned char views_alerts_js[] = {
#embed "pages/views/alerts.js"
};
static const unsigned char views_country_js[] = {
#embed "pages/views/country.js"
};
static const unsigned char views_explore_js[] = {
#embed "pages/views/explore.js"
};
static const unsigned char views_explorechoices_js[] = {
#embed "pages/views/exploreChoices.js"
};
static const unsigned char views_explorefigures_js[] = {
#embed "pages/views/exploreFigures.js"
};
static const unsigned char views_help_js[] = {
#embed "pages/views/help.js"
};
static const unsigned char views_map_js[] = {
#embed "pages/views/map.js"
};
static const unsigned char views_missing_js[] = {
#embed "pages/views/missing.js"
};
static const unsigned char views_network_js[] = {
#embed "pages/views/network.js"
};
static const unsigned char views_news_js[] = {
#embed "pages/views/news.js"
};
static const unsigned char views_notes_js[] = {
#embed "pages/views/notes.js"
};
static const unsigned char views_overview_js[] = {
#embed "pages/views/overview.js"
};
static const unsigned char views_overviewnow_js[] = {
#embed "pages/views/overviewNow.js"
};
static const unsigned char views_overviewpictures_js[] = {
#embed "pages/views/overviewPictures.js"
};
static const unsigned char views_port_js[] = {
#embed "pages/views/port.js"
};
static const unsigned char views_ports_js[] = {
#embed "pages/views/ports.js"
};
static const unsigned char views_signin_js[] = {
#embed "pages/views/signin.js"
};
static const unsigned char views_site_js[] = {
#embed "pages/views/site.js"
};
static const unsigned char views_sitefacts_js[] = {
#embed "pages/views/siteFacts.js"
};
static const unsigned char views_siteparts_js[] = {
#embed "pages/views/siteParts.js"
};
static const unsigned char views_sitesteps_js[] = {
#embed "pages/views/siteSteps.js"
};
static const unsigned char views_sites_js[] = {
#embed "pages/views/sites.js"
};
static const unsigned char views_source_js[] = {
#embed "pages/views/source.js"
};
static const unsigned char views_sources_js[] = {
#embed "pages/views/sources.js"
};
static const unsigned char views_trafficorigin_js[] = {
#embed "pages/views/trafficOrigin.js"
};
static const unsigned char views_trafficparts_js[] = {
#embed "pages/views/trafficParts.js"
};
static const unsigned char views_years_js[] = {
#embed "pages/views/years.js"
};

#define FILE_OF_SITE(path, content) {path, content, sizeof content}

static const struct darkscope_site_file files[] = {
    FILE_OF_SITE("app.js", app_js),
    FILE_OF_SITE("charts/answers.js", charts_answers_js),
    FILE_OF_SITE("charts/axes.js", charts_axes_js),
    FILE_OF_SITE("charts/bars.js", charts_bars_js),
    FILE_OF_SITE("charts/bins.js", charts_bins_js),
    FILE_OF_SITE("charts/colours.js", charts_colours_js),
    FILE_OF_SITE("charts/cursor.js", charts_cursor_js),
    FILE_OF_SITE("charts/grid.js", charts_grid_js),
    FILE_OF_SITE("charts/heat.js", charts_heat_js),
    FILE_OF_SITE("charts/map.js", charts_map_js),
    FILE_OF_SITE("charts/sankey.js", charts_sankey_js),
    FILE_OF_SITE("charts/series.js", charts_series_js),
    FILE_OF_SITE("charts/spark.js", charts_spark_js),
    FILE_OF_SITE("charts/strip.js", charts_strip_js),
    FILE_OF_SITE("charts/years.js", charts_years_js),
    FILE_OF_SITE("index.html", index_html),
    FILE_OF_SITE("lib/alertWords.js", lib_alertwords_js),
    FILE_OF_SITE("lib/ask.js", lib_ask_js),
    FILE_OF_SITE("lib/busy.js", lib_busy_js),
    FILE_OF_SITE("lib/choices.js", lib_choices_js),
    FILE_OF_SITE("lib/coverage.js", lib_coverage_js),
    FILE_OF_SITE("lib/dom.js", lib_dom_js),
    FILE_OF_SITE("lib/filterBox.js", lib_filterbox_js),
    FILE_OF_SITE("lib/filterText.js", lib_filtertext_js),
    FILE_OF_SITE("lib/format.js", lib_format_js),
    FILE_OF_SITE("lib/keys.js", lib_keys_js),
    FILE_OF_SITE("lib/live.js", lib_live_js),
    FILE_OF_SITE("lib/names.js", lib_names_js),
    FILE_OF_SITE("lib/panel.js", lib_panel_js),
    FILE_OF_SITE("lib/place.js", lib_place_js),
    FILE_OF_SITE("lib/say.js", lib_say_js),
    FILE_OF_SITE("lib/session.js", lib_session_js),
    FILE_OF_SITE("lib/sqlText.js", lib_sqltext_js),
    FILE_OF_SITE("lib/table.js", lib_table_js),
    FILE_OF_SITE("lib/theme.js", lib_theme_js),
    FILE_OF_SITE("lib/world.js", lib_world_js),
    FILE_OF_SITE("lib/zone.js", lib_zone_js),
    FILE_OF_SITE("style/base.css", style_base_css),
    FILE_OF_SITE("style/charts.css", style_charts_css),
    FILE_OF_SITE("style/explore.css", style_explore_css),
    FILE_OF_SITE("style/parts.css", style_parts_css),
    FILE_OF_SITE("style/shell.css", style_shell_css),
    FILE_OF_SITE("style/views.css", style_views_css),
    FILE_OF_SITE("views/account.js", views_account_js),
    FILE_OF_SITE("views/alert.js", views_alert_js),
    FILE_OF_SITE("views/alertActions.js", views_alertactions_js),
    FILE_OF_SITE("views/alertNotices.js", views_alertnotices_js),
    FILE_OF_SITE("views/alerts.js", views_alerts_js),
    FILE_OF_SITE("views/country.js", views_country_js),
    FILE_OF_SITE("views/explore.js", views_explore_js),
    FILE_OF_SITE("views/exploreChoices.js", views_explorechoices_js),
    FILE_OF_SITE("views/exploreFigures.js", views_explorefigures_js),
    FILE_OF_SITE("views/help.js", views_help_js),
    FILE_OF_SITE("views/map.js", views_map_js),
    FILE_OF_SITE("views/missing.js", views_missing_js),
    FILE_OF_SITE("views/network.js", views_network_js),
    FILE_OF_SITE("views/news.js", views_news_js),
    FILE_OF_SITE("views/notes.js", views_notes_js),
    FILE_OF_SITE("views/overview.js", views_overview_js),
    FILE_OF_SITE("views/overviewNow.js", views_overviewnow_js),
    FILE_OF_SITE("views/overviewPictures.js", views_overviewpictures_js),
    FILE_OF_SITE("views/port.js", views_port_js),
    FILE_OF_SITE("views/ports.js", views_ports_js),
    FILE_OF_SITE("views/signin.js", views_signin_js),
    FILE_OF_SITE("views/site.js", views_site_js),
    FILE_OF_SITE("views/siteFacts.js", views_sitefacts_js),
    FILE_OF_SITE("views/siteParts.js", views_siteparts_js),
    FILE_OF_SITE("views/siteSteps.js", views_sitesteps_js),
    FILE_OF_SITE("views/sites.js", views_sites_js),
    FILE_OF_SITE("views/source.js", views_source_js),
    FILE_OF_SITE("views/sources.js", views_sources_js),
    FILE_OF_SITE("views/trafficOrigin.js", views_trafficorigin_js),
    FILE_OF_SITE("views/trafficParts.js", views_trafficparts_js),
    FILE_OF_SITE("views/years.js", views_years_js),
};

size_t darkscope_site_file_count(void) { return sizeof files / sizeof files[0]; }

struct darkscope_site_file darkscope_site_file_at(size_t place) { return files[place]; }
