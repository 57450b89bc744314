// views/overview
