"""The local web page on which a person decides about photos, one key each."""
