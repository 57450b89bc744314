// views/ports
