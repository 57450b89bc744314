// lib/panel
