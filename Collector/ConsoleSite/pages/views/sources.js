// views/sources
