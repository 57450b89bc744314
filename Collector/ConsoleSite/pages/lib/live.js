// lib/live
