"""Fixtures that several test folders share."""

from __future__ import annotations

import asyncio
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.evidence import Evidence
from facethemodel.bundle.manifest import (
    BundleFacts,
    CalibrationSummary,
    GateFacts,
    InputFormat,
    TestCertainty,
    TestCrowd,
    TestMean,
    TestRate,
    TestSummary,
    TrainingSummary,
)

# How long an example takes says something of the machine only.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
# So does how long a page takes to show what it is told; only one that never does is at fault.
expect.set_options(timeout=30_000)

# A shell starts what goes to the background deaf to Ctrl-C, and what tests start and interrupt would be as
# deaf: what is ignored is handed down, a handler is not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

FATAL = b"brings the decoder down"
FRAGILE_DECODER = f"""
import os
import simplejpeg

decode_jpeg = simplejpeg.decode_jpeg

def fragile(data, *args, **options):
    if data.endswith({FATAL!r}):
        os.abort()
    return decode_jpeg(data, *args, **options)

simplejpeg.decode_jpeg = fragile
"""

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos that lies beside the checkout on developers' machines."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real photos (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def fragile_decoder() -> tuple[str, bytes]:
    """The head of a script in whose processes the JPEG decoder crashes on files that end in certain bytes."""
    return FRAGILE_DECODER, FATAL


@pytest.fixture(scope="session")
def brightness() -> Callable[[int], bytes]:
    """Makes an ONNX network for photos of one size whose score is the mean of all pixels.

    The means of the colours go through a dense layer, as in every network that can be trained.
    """
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto

    def make(size: int) -> bytes:
        graph = helper.make_graph(
            [
                helper.make_node("Cast", ["pixels"], ["values"], to=kinds.FLOAT),
                helper.make_node("ReduceMean", ["values", "sides"], ["colours"], keepdims=0),
                helper.make_node("MatMul", ["colours", "thirds"], ["twice"]),
                helper.make_node("ReduceMean", ["twice", "columns"], ["score"], keepdims=0),
            ],
            "mean",
            [helper.make_tensor_value_info("pixels", kinds.UINT8, ["photos", size, size, 3])],
            [helper.make_tensor_value_info("score", kinds.FLOAT, ["photos"])],
            [
                helper.make_tensor("sides", kinds.INT64, [2], [1, 2]),
                helper.make_tensor("thirds", kinds.FLOAT, [3, 2], [1 / 3] * 6),
                helper.make_tensor("columns", kinds.INT64, [1], [1]),
            ],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        return bytes(model.SerializeToString())

    return make


@pytest.fixture(scope="session")
def facts() -> BundleFacts:
    """All that a bundle says of itself, with a value in every place."""
    return BundleFacts(
        person="Ada Example",
        network="residual112",
        view="aligned112",
        input=InputFormat(size=112),
        preprocessing="Aligned on five landmarks to 112 x 112.",
        inspector_version=1,
        gate=GateFacts(detector_sha256="ab" * 32, check_sha256="cd" * 32, threshold=0.5),
        thresholds=Thresholds(
            person=2.5, unsure=1.25, target_fmr=0.01, confidence=0.95, promise=0.01, strangers=473
        ),
        evidence=Evidence(slope=1.5, intercept=-2.0, lowest=-3.7, highest=6.1, prior=0.5),
        calibration=CalibrationSummary(
            person_photos=40,
            stranger_photos=600,
            strangers=473,
            false_matches=2,
            false_non_matches=3,
            several_faces=52,
            unnamed=4,
            bound=0.0099,
            more_strangers_needed=0,
        ),
        training=TrainingSummary(
            person_photos=120,
            stranger_photos=6000,
            strangers=2500,
            tune_person_photos=20,
            tune_stranger_photos=800,
            seed=7,
            epochs=30,
            seconds=321.5,
            precision="bf16",
        ),
        test=TestSummary(
            openings=2,
            confidence=0.95,
            leaks=False,
            cautions=("Bertrand and strangers differ in how they were made.",),
            rates=(
                TestRate(
                    name="strangers taken for the person",
                    count=3,
                    total=700,
                    low=0.0009,
                    high=0.0125,
                    per_identity=TestMean(value=0.0067, low=0.0008, high=0.0241, identities=300),
                ),
            ),
            crowds=(TestCrowd(strangers=5, share=0.0213, low=0.0045, high=0.061),),
            certainty=TestCertainty(
                brier=0.021, calibration_error=0.013, wrong_in_band=0.34, wrong_outside=0.0061
            ),
        ),
    )


@dataclass(frozen=True)
class Asked:
    """One request as it came in; `number` counts those for the same path from 1."""

    path: str
    headers: dict[str, str]
    number: int
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, status: int, body: bytes = b"", **headers: str | int) -> None:
        """Sends an answer, with the right length unless another is given."""
        lines = {"Content-Length": len(body)} | {name.replace("_", "-"): one for name, one in headers.items()}
        head = "".join(f"{name}: {one}\r\n" for name, one in lines.items() if one != "")
        await self.send(f"HTTP/1.1 {status} Told\r\n{head}Connection: close\r\n\r\n".encode() + body)


class Site:
    """A web server on this machine that keeps to HTTP for `files` and does what `scripts` say.

    It answers in a thread of its own; 404 for everything else, robots.txt included.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.scripts: dict[str, Callable[[Asked], Awaitable[None]]] = {}
        self.asked: list[Asked] = []
        self.numbers: Counter[str] = Counter()
        self.sent = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop
        )
        self._server = starting.result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, robots.txt left out."""
        return [one.path for one in self.asked if one.path != "/robots.txt"]

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(": ") for line in lines[1:] if line)
            path = lines[0].split()[1]
            self.numbers[path] += 1
            asked = Asked(path, {name: one for name, _, one in pairs}, self.numbers[path], writer)
            self.asked.append(asked)
            if path in self.scripts:
                await self.scripts[path](asked)
            else:
                await self._give(asked)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _give(self, asked: Asked) -> None:
        body = self.files.get(asked.path)
        if body is None:
            await asked.answer(404)
            return
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        start = 0
        if asked.headers.get("If-Range") == tag:
            start = int(asked.headers["Range"].removeprefix("bytes=").rstrip("-"))
        if start and start >= len(body):
            await asked.answer(416, ETag=tag, Content_Range=f"bytes */{len(body)}")
            return
        where = {"Content_Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
        self.sent += len(body) - start
        await asked.answer(206 if start else 200, body[start:], ETag=tag, Content_Type="image/png", **where)


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on this machine; see `Site`."""
    one = Site()
    yield one
    one.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; skips where there is none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
            )
        except Error as error:
            pytest.skip(f"chromium does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()
