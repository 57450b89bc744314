// views/network
