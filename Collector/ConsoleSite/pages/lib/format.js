// lib/format
