// lib/table
