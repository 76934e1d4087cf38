"""What comes in: files, archives and names of students; nothing in them is believed."""
