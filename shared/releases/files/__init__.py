"""What files are made of: reading by ranges, recognising, and leaving out what is not the work.

Each format's module answers with a splice: which bytes of the file are kept, and which are written
in their place. Tags, pictures in tags, EXIF, comments and whatever hangs behind the end are left
out: they name people and places, and nobody has declared them. Nothing here decodes sound.
"""
