// lib/dom
