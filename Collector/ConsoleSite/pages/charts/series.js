// charts/series
