"""Ideas every room shares: errors, files, progress. One file for each."""
