"""Collecting: what a collector lists is fetched, kept and counted, the same way for all of them."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ParamSpec, TypeVar

from facethemodel.catalogue import tags
from facethemodel.catalogue.names import readable, writable
from facethemodel.catalogue.photos import checked_claim
from facethemodel.catalogue.records import Claim
from facethemodel.collect.collector import BadEntry, Candidate, Collector, cleaned
from facethemodel.collect.ledger import Ledger
from facethemodel.collect.listing import Listing
from facethemodel.collect.placeholders import REASON, Repeats, sent_to_placeholder
from facethemodel.collect.report import label_conflicts
from facethemodel.collect.yields import YIELDS, CollectReport, Problem, Yield
from facethemodel.download.answers import Fetched, Missed, named
from facethemodel.download.downloader import Downloader
from facethemodel.download.parts import Part
from facethemodel.download.robots import forbids
from facethemodel.download.rules import Rules
from facethemodel.errors import FacethemodelError, StorageError
from facethemodel.photos.formats import HEAD_BYTES, sniff
from facethemodel.photos.limits import UnreadablePhotoError
from facethemodel.photos.store import PhotoStore
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

_AHEAD = 256
"""Entries taken up at the same time, so that one slow host does not keep the others waiting."""

_T = TypeVar("_T")
_P = ParamSpec("_P")
_Settled = tuple[Yield, str | None]


@dataclass(frozen=True, slots=True)
class _File:
    """Bytes that came, and what the site says of them to machines."""

    path: Path
    robots: str | None


def collect(
    project: Project,
    collector: Collector,
    *,
    claim: Claim | None = None,
    words: Sequence[str] = (),
    limit: int | None = None,
    dry_run: bool = False,
    again: bool = False,
    rules: Rules | None = None,
    progress: Progress = SILENT,
) -> CollectReport:
    """Brings a source's photos into a project, each with where it came from.

    What the project holds is not asked for, nor what was dead, another file or no photo in an earlier run.
    A file is downloaded beside the store, then stored, then entered with all that is known of it in one
    transaction, and only then removed: whenever the process dies, no photo is lost or there twice, and the
    next run goes on from the bytes that came.

    Args:
        project: Where to.
        collector: What lists the photos.
        claim: What they are for where the source does not say.
        words: Tags for all of them, also for those that the project has already.
        limit: New photos to keep, at most.
        dry_run: Only look what would be asked; nothing is fetched and nothing written.
        again: Ask once more for what was settled without a photo.
        rules: Limits and manners of the downloads.
        progress: Told of each entry, or with a limit of each new photo.

    Returns:
        What became of every entry; errors of the source, of a server or of the disk that ended the run early
        are in it, and what was kept before stays.

    Raises:
        UsageError: A claim or a tag that no photo can have.
        CredentialsError: The cookies cannot be read.
        ProjectBusyError: Another process collects into the same project.
        StorageError: The project cannot be written.
    """
    if claim is not None:
        checked_claim(claim)
    words = [tags.checked_tag(word) for word in words]
    project.check_writable()
    incoming = project.cache_dir / "incoming"
    incoming.parent.mkdir(mode=0o700, exist_ok=True)
    with project.exclusive(f"collect {collector.name}", within=incoming), project.database() as db:
        ledger = Ledger(
            db=db,
            store=PhotoStore(project.photos_dir),
            collector=collector.name,
            claim=claim,
            words=words,
            again=again,
        )
        rules = rules or Rules()
        downloader = Downloader(rules, incoming, note=progress.note)
        started = time.monotonic()
        with progress.task(
            f"collecting {collector.name}", limit if limit is not None else collector.total
        ) as advance:
            run = _Run(
                ledger,
                downloader,
                obey_robots=rules.obey_robots,
                limit=limit,
                dry_run=dry_run,
                advance=advance,
            )
            asyncio.run(run.all(collector))
        counts: dict[Yield, int] = {name: run.counts[name] for name in YIELDS}
        counts["open"] += max(run.listed, collector.total or 0) - run.counts.total()
        return CollectReport(
            collector=collector.name,
            counts=counts,
            problems=tuple(run.problems),
            conflicts=label_conflicts(db, person=project.person, among=run.shas),
            settled=run.settled,
            requests=run.requests,
            seconds=time.monotonic() - started,
            error=_told(run.error, counts["kept"]),
            interrupted=run.interrupted,
            dry_run=dry_run,
        )


class _Run:
    """One run, and what came of it so far."""

    def __init__(
        self,
        ledger: Ledger,
        downloader: Downloader,
        *,
        obey_robots: bool,
        limit: int | None,
        dry_run: bool,
        advance: Callable[[int], None],
    ) -> None:
        self.listed = 0
        self.settled = 0
        self.counts: Counter[Yield] = Counter()
        self.problems: list[Problem] = []
        self.shas: set[str] = set()
        self.error: FacethemodelError | None = None
        self.interrupted = False
        self._ledger = ledger
        self._downloader = downloader
        self._obey_robots = obey_robots
        self._limit = limit
        self._dry_run = dry_run
        self._advance = advance
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: dict[str, asyncio.Event] = {}
        self._missed: dict[str, Missed] = {}
        self._repeats = Repeats()
        self._broken: BaseException | None = None

    @property
    def requests(self) -> int:
        """Sent so far."""
        return self._downloader.requests

    async def all(self, collector: Collector) -> None:
        """Goes through all that the collector lists."""
        listing = Listing(collector.candidates(self._ledger))
        async with self._downloader:
            try:
                await self._take(listing)
                while self._tasks and not self._over:
                    await self._one_is_done()
            except asyncio.CancelledError:
                self.interrupted = True
            finally:
                listing.close()
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._broken is not None:
            raise self._broken
        self._find_placeholders()

    @property
    def _over(self) -> bool:
        return self.error is not None or self._broken is not None

    async def _take(self, listing: Listing) -> None:
        while not self._over:
            # With a limit no more are under way than may still be kept.
            taken = self.counts["kept"] + self.counts["open"]
            room = _AHEAD if self._limit is None else min(_AHEAD, self._limit - taken)
            if room <= 0:
                return
            if len(self._tasks) >= room:
                await self._one_is_done()
                continue
            try:
                entry = await listing.next()
            except FacethemodelError as error:
                # What was listed before is still fetched.
                while self._tasks and not self._over:
                    await self._one_is_done()
                self.error = self.error or error
                return
            if entry is None:
                return
            self.listed += 1
            entry = cleaned(entry)
            if isinstance(entry, BadEntry):
                self._count(entry.where, "bad entry", entry.reason)
                continue
            task = asyncio.create_task(self._one(entry))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    async def _one_is_done(self) -> None:
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._broken = self._broken or task.exception()

    async def _one(self, candidate: Candidate) -> None:
        address = candidate.url or candidate.key
        while address in self._busy:
            await self._busy[address].wait()
        self._busy[address] = asyncio.Event()
        try:
            outcome, reason = await self._settle(candidate)
            self._count(address, outcome, reason)
        except FacethemodelError as error:
            self.error = self.error or error
        except Exception as error:  # noqa: BLE001 (what one address brings about must not end the others)
            if candidate.url is not None:
                # What came of it may be what it stumbles over.
                self._downloader.forget(candidate.url)
            self._count(address, "failed", _unforeseen(error))
        finally:
            self._busy.pop(address).set()

    async def _settle(self, candidate: Candidate) -> _Settled:
        known = await asyncio.to_thread(self._ledger.known, candidate)
        if known is not None:
            if known.photo is not None:
                self.shas.add(known.photo.sha256)
                if not self._dry_run:
                    await _to_its_end(self._ledger.enter, candidate, known.photo)
                    if candidate.url is not None:
                        # A kill between entering a photo and removing its part left that behind.
                        self._downloader.forget(candidate.url)
            else:
                self.settled += 1
            return known.outcome, known.reason
        if self._dry_run:
            return "open", None
        found = await self._find(candidate)
        if not isinstance(found, Missed):
            try:
                return await _to_its_end(self._keep, candidate, found), None
            except UnreadablePhotoError as error:
                found = Missed(outcome="failed", reason=error.reason)
        await _to_its_end(self._ledger.miss, candidate, found)
        return found.outcome, found.reason

    async def _find(self, candidate: Candidate) -> _File | Missed:
        """Gets the bytes of a photo that the project does not have."""
        directive = forbids(candidate.robots) if self._obey_robots else None
        if directive is not None:
            return Missed(outcome="barred", reason=f"the site says {directive}")
        if candidate.file is not None:
            return await asyncio.to_thread(_brought, candidate.file, candidate.sha256)
        if candidate.url is None:
            return Missed(outcome="barred", reason="neither an address nor a file")
        found = self._answered(candidate) or await self._downloader.fetch(
            candidate.url, headers=candidate.headers, sha256=candidate.sha256
        )
        if isinstance(found, Fetched):
            if not sent_to_placeholder(candidate.url, found.url):
                return _File(found.path, found.robots)
            Part(found.path).remove()
            found = Missed(outcome="dead", reason=REASON)
        self._missed[candidate.url] = found
        if found.sha256 is not None:
            self._repeats.note(candidate, found.sha256)
        return found

    def _answered(self, candidate: Candidate) -> Missed | None:
        """Gives what this run knows of an address that led to no photo for another candidate."""
        found = self._missed.get(candidate.url or "")
        # Bytes that were promised to nobody so far, or to this one, are worth asking for.
        wanted = found is not None and found.sha256 is not None and candidate.sha256 in (None, found.sha256)
        return None if wanted else found

    def _keep(self, candidate: Candidate, file: _File) -> Yield:
        """Enters a file; only when that is done it goes."""
        outcome, photo = self._ledger.keep(candidate, file.path, robots=file.robots)
        self.shas.add(photo.sha256)
        if candidate.file is None:
            Part(file.path).remove()
        else:
            file.path.unlink(missing_ok=True)
        return outcome

    def _count(self, where: str, outcome: Yield, reason: str | None) -> None:
        self.counts[outcome] += 1
        if reason is not None:
            self.problems.append(Problem(where=where, outcome=outcome, reason=reason))
        if self._limit is None or outcome in ("kept", "open"):
            self._advance(1)

    def _find_placeholders(self) -> None:
        """Calls dead what looked like a wrong hash until the same bytes came from elsewhere."""
        found = self._repeats.found()
        for candidate in found:
            self._ledger.miss(candidate, Missed(outcome="dead", reason=REASON))
        places = {candidate.url for candidate in found}
        for number, problem in enumerate(self.problems):
            if problem.outcome == "wrong hash" and problem.where in places:
                self.problems[number] = replace(problem, outcome="dead", reason=REASON)
                self.counts.subtract({"wrong hash": 1, "dead": -1})


def _told(error: FacethemodelError | None, kept: int) -> FacethemodelError | None:
    if not isinstance(error, StorageError):
        return error
    return StorageError(
        f"{error.what}; the {kept:,} new photos of this run stay in the project", remedy=error.remedy
    )


def _unforeseen(error: Exception) -> str:
    said = str(error).partition("\n")[0][:200]
    kind = type(error).__name__
    return readable(writable(f"unforeseen: {kind}: {said}" if said else f"unforeseen: {kind}").encode())


def _brought(path: Path, sha256: str | None) -> _File | Missed:
    """Looks at a file that the collector fetched itself."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(0)
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return Missed(outcome="failed", reason="the file is gone")
    if sniff(head) is None:
        return Missed(outcome="no photo", reason=named(head, None))
    if sha256 not in (None, found):
        return Missed(outcome="wrong hash", reason="other bytes than promised", sha256=found)
    return _File(path, None)


async def _to_its_end(work: Callable[_P, _T], *arguments: _P.args, **options: _P.kwargs) -> _T:
    """Does what blocks in a thread; once begun it is waited for and counted even when the run is ended."""
    task = asyncio.ensure_future(asyncio.to_thread(work, *arguments, **options))
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()
