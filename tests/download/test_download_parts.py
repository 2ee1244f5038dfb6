"""What is kept of files on their way in, and what is not."""

from __future__ import annotations

from pathlib import Path

from facethemodel.download.parts import Part, sweep

HEADERS = {"ETag": '"one"'}


def test_what_a_kill_left_of_a_finished_part_goes_and_what_can_be_gone_on_with_stays(tmp_path: Path) -> None:
    cut_off, done_with = Part.of(tmp_path, "http://a/cut-off"), Part.of(tmp_path, "http://a/done-with")
    for part in (cut_off, done_with):
        part.begin(HEADERS, resumable=True)
        part.path.write_bytes(b"some bytes" * 10)
    # `remove` takes the bytes first; the process was killed before it could take the facts.
    done_with.path.unlink()
    sweep(tmp_path)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".part"]
    assert cut_off.range_headers() == {"Range": "bytes=100-", "If-Range": '"one"'}
