"""Keeping a project safe in S3: a manifest of its content, push, pull and verify.

Everything is kept under the sha256 of its bytes, so that nothing is ever written over other content. What is
where in a bucket, below the prefix that the user names:

* `objects/ab/abcdef...`: one content;
* `shards/<sha256>.tar` with `shards/<sha256>.json`: many small photos in one WebDataset-readable archive, and
  what is where in it;
* `snapshots/<sha256>.json`: a manifest, the dataset's version; written last;
* `history/<time>-<sha256>`: empty; says that this snapshot was pushed then. The last one is the newest.
"""
