// views/sites
