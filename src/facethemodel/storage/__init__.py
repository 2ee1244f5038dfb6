"""Keeping a project safe in S3: a manifest of its content, push, pull and verify."""
