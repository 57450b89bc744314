// lib/names
