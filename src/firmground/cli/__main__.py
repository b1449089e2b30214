"""`python -m firmground.cli` is `firmground`."""

from firmground.cli import main

main()
