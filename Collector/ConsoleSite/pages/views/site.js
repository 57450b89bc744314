// views/site
