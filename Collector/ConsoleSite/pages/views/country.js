// views/country
