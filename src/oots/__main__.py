"""
`python -m oots` is the command line.
"""

from oots.cli import app

app()
