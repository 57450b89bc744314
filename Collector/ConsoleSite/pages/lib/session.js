// lib/session
