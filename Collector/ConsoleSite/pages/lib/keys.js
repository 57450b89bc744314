// lib/keys
