// views/source
