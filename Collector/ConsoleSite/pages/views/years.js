// views/years
