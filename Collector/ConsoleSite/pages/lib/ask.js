// lib/ask
