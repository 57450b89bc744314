// lib/filterBox
