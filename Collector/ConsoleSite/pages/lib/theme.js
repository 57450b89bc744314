// lib/theme
