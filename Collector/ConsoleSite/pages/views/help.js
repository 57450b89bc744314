// views/help
