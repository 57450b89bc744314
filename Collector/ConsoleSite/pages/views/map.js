// views/map
