// lib/zone
