"""Fetching files over HTTP: politely, safely, and never a byte twice where the server allows.

`Downloader` is the way in. Each address ends as a `Fetched` or a `Missed`; what is wrong with one never stops
the others. Nothing here knows of photos' labels, of projects or of the catalogue.
"""
