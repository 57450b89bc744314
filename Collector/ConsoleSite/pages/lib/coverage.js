// lib/coverage
