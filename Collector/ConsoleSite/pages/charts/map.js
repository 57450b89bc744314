// charts/map
