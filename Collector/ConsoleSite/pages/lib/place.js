// lib/place
