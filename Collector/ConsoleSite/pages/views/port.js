// views/port
