// views/missing
