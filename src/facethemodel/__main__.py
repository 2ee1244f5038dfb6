"""`python -m facethemodel`."""

from facethemodel.cli import main

main()
