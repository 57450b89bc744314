// views/notes
