"""Fetching files over HTTP politely, and never twice."""
