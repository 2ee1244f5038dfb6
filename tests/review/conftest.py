"""A project of drawn squares, and the page of it served by a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facethemodel.catalogue import inspections, photos
from facethemodel.catalogue.crops import CropKey
from facethemodel.catalogue.photos import Addition
from facethemodel.catalogue.records import CheckScore, Claim, Face, Inspection, Source
from facethemodel.inspection.crops import CropStore
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project

Make = Callable[..., Project]


@dataclass(slots=True)
class Running:
    """A `facethemodel review` that runs, and a client that has exchanged its token."""

    process: subprocess.Popen[str]
    page: str
    once: str
    cookie: str = ""
    word: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.page.rsplit(":", 1)[1].strip("/"))

    def ask(
        self, path: str, *, method: str = "GET", body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """One request, with just the headers given beside the cookie; an empty value leaves one out."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        all_headers = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie} | (headers or {})
        data = None if body is None else json.dumps(body).encode()
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        if data is not None and "Content-Length" not in all_headers:
            all_headers["Content-Length"] = str(len(data))
        for name, value in all_headers.items():
            if value:
                connection.putheader(name, value)
        connection.endheaders(data)
        answer = connection.getresponse()
        found = (answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return found

    def get(self, path: str) -> Any:
        status, _, body = self.ask(path)
        assert status == 200, body
        return json.loads(body)

    def post(self, path: str, body: object) -> Any:
        headers = {
            "Origin": self.page.rstrip("/"),
            "X-Review-Word": self.word,
            "Content-Type": "application/json",
        }
        status, _, answer = self.ask(path, method="POST", body=body, headers=headers)
        assert status == 200, answer
        return json.loads(answer)

    def enter(self) -> None:
        """Exchanges the token."""
        status, headers, _ = self.ask(self.once.removeprefix(self.page.rstrip("/")))
        assert status == 303
        self.cookie = headers["set-cookie"].split(";")[0]
        _, _, html = self.ask("/")
        self.word = html.decode().split('name="review-word" content="')[1].split('"')[0]

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(20)


@pytest.fixture(scope="session")
def make_project() -> Make:
    """Makes a project of small drawn squares that count as inspected; nothing is decoded for it."""

    def make(
        root: Path,
        *,
        count: int = 30,
        person: str = "Ada Lovelace",
        name: str = "{:03d}.jpg",
        strangers: int = 0,
    ) -> Project:
        project = Project.create(root, person=person)
        store, crops = PhotoStore(project.photos_dir), CropStore(project.cache_dir)
        found, additions = [], []
        for number in range(count + strangers):
            stranger = number >= count
            (root / "incoming").write_bytes(square(number))
            photo = store.put(root / "incoming")
            folder = "others" if stranger else "ada"
            additions.append(
                Addition(
                    photo=photo,
                    source=Source(origin=os.fsencode(f"/album/{folder}/{name.format(number)}")),
                    claim=Claim(role="stranger", identity="Bo") if stranger else Claim(role="person"),
                )
            )
            key = CropKey(sha256=photo.sha256, face=0, view="aligned112", row=number)
            found.append((inspection(photo.sha256, number), [key]))
        numbers = range(count + strangers)
        crops.write("aligned112", [drawn(number) for number in numbers], numbers)
        blurred = CheckScore(name="blurred", score=0.9, measure=1.0)
        with project.database() as db:
            photos.add_many(db, additions)
            inspections.record(
                db,
                found,
                version=1,
                checks={found[min(3, len(found) - 1)][0].sha256: [blurred]} if found else {},
            )
        return project

    return make


def drawn(number: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A crop that is unlike any other: a coloured square with a number on it."""
    pixels = np.full((112, 112, 3), [40 + number * 37 % 180, 60 + number * 91 % 160, 200], np.uint8)
    cv2.putText(pixels, str(number), (14, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (255, 255, 255), 3)
    return pixels


def square(number: int) -> bytes:
    done, data = cv2.imencode(".jpg", drawn(number))
    assert done
    return data.tobytes()


def inspection(sha256: str, number: int) -> Inspection:
    face = Face(
        index=0,
        box=(20.0, 20.0, 60.0, 60.0 + number),
        landmarks=(1.0,) * 10,
        detector_score=0.9,
        gate_score=0.5 + number / 1000,
        accepted=True,
        main=True,
        sharpness=float(1000 - number),
        brightness=0.5,
    )
    return Inspection(
        sha256=sha256,
        width=112,
        height=112,
        format="JPEG",
        mode="RGB",
        frames=1,
        phash=number,
        sharpness=1.0,
        brightness=0.5,
        faces=(face,),
    )


@pytest.fixture(scope="session")
def serve_page() -> Iterator[Callable[..., Running]]:
    """Starts `facethemodel review` on a project; ended with the session where the test does not."""
    started: list[Running] = []

    def start(project: Project, *words: str, enter: bool = True) -> Running:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "facethemodel",
                "review",
                "--no-browser",
                "--json",
                "--project",
                str(project.root),
                *words,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        running = Running(process=process, **json.loads(process.stdout.readline()))
        started.append(running)
        if enter:
            running.enter()
        return running

    yield start
    for running in started:
        if running.process.poll() is None:
            running.end(signal.SIGKILL)
