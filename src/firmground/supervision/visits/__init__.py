"""Supervision visits 督战: which team went where, announced or not, what it found and what help it brought."""
