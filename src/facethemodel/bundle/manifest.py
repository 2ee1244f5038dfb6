"""What `bundle.json` says, and the digest that shows when somebody changed it.

The digest finds damage and casual tampering (a threshold edited by hand). It is no signature: whoever can
rewrite the whole folder can also write a new digest.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.evidence import Evidence
from facethemodel.bundle.origin import BACKBONE_NETWORK, Backbone, Teacher
from facethemodel.bundle.typed_json import TypedJsonError, from_json, to_json
from facethemodel.bundle.upgrades import FORMAT_VERSION, upgrade
from facethemodel.catalogue.records import View
from facethemodel.errors import BundleError, SchemaError

MANIFEST = "bundle.json"
WEIGHTS = "model.safetensors"
MODEL = "model.onnx"
CARD = "README.md"
FILES = (WEIGHTS, MODEL, CARD)
"""Every file of a bundle beside the manifest; a backbone may add its own, see `Backbone.files`."""

KNOWN_NETWORKS: dict[str, View] = {
    "residual112": "aligned112",
    "seed2018": "whole256",
    BACKBONE_NETWORK: "aligned112",
}
"""Which view each network looks at. Repeated from the registry of networks, which leads to torch."""
VIEW_SIZES: dict[View, int] = {"aligned112": 112, "whole256": 256}
"""Side in pixels of the crops that belong to a view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFormat:
    """What the network takes: N x size x size x 3, upright. With a backbone, what that one takes."""

    size: int
    layout: Literal["NHWC"] = "NHWC"
    dtype: Literal["uint8"] = "uint8"
    colours: Literal["RGB"] = "RGB"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """What says "there is a human face here" before the network is asked.

    Attributes:
        detector_sha256: Hash of the face detector's file.
        check_sha256: Hash of the learned face check's file; None where an older format knew no check.
        threshold: Lowest gate score that is let through, in [0, 1].
    """

    detector_sha256: str
    check_sha256: str | None
    threshold: float

    def __post_init__(self) -> None:
        _check_sha256(self.detector_sha256, "detector_sha256")
        if self.check_sha256 is not None:
            _check_sha256(self.check_sha256, "check_sha256")
        if not 0.0 <= self.threshold <= 1.0:
            raise ValueError(f"threshold must lie in [0, 1], got {self.threshold}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationSummary:
    """What the thresholds were chosen on; photos that were used for nothing else.

    Attributes:
        strangers: How many different people are on the stranger photos.
        false_matches: Stranger photos at or above the threshold `person`.
        false_non_matches: Photos of the person below it.
        several_faces: Stranger photos with more than one accepted face; the promise counts their best one.
        unnamed: Stranger photos without a name, each group of which was taken for another stranger. Both are
            None where an older format did not say.
        bound: The smallest false match rate that so many strangers can bear out at the confidence asked for.
        more_strangers_needed: How many more strangers the promise would take; 0 when it could be given.
    """

    person_photos: int
    stranger_photos: int
    strangers: int
    false_matches: int
    false_non_matches: int
    several_faces: int | None
    unnamed: int | None
    bound: float
    more_strangers_needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSummary:
    """Counts of what the network learned from, never names."""

    person_photos: int
    stranger_photos: int
    strangers: int
    tune_person_photos: int
    tune_stranger_photos: int
    seed: int
    epochs: int
    seconds: float
    precision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestMean:
    """A mean of shares in which each stranger weighs the same, however many photos there are.

    Attributes:
        value: The mean, in [0, 1]; None without strangers.
        low: Lower end of the interval, in [0, 1]; the strangers are its draws.
        high: Upper end of the interval, in [0, 1].
        identities: How many strangers were averaged.
    """

    value: float | None
    low: float
    high: float
    identities: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRate:
    """One line of the test: how often something happened.

    Attributes:
        name: In plain words, such as "strangers taken for the person".
        count: How many photos it happened to.
        total: Out of how many.
        low: Lower end of the interval, in [0, 1]: exact if every photo is an independent draw. Photos of one
            stranger, or of one burst of the person, are not; then the interval is too narrow.
        high: Upper end of that interval, in [0, 1].
        per_identity: The same by person, whose interval does not ask for that. None for what is no stranger,
            and where an older format did not say.
    """

    name: str
    count: int
    total: int
    low: float
    high: float
    per_identity: TestMean | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCrowd:
    """Crowds put together from test strangers: how often at least one of them was taken for the person.

    Attributes:
        strangers: How many strangers a crowd holds.
        share: The share of all such crowds, in [0, 1]; None with fewer strangers.
        low: Lower end of the interval, in [0, 1].
        high: Upper end of the interval, in [0, 1].
    """

    strangers: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCertainty:
    """How true the probabilities were on the test part, and what an answer in the band would be worth.

    Attributes:
        brier: Mean squared distance between probability and truth; 0 is perfect.
        calibration_error: Mean distance between what probabilities say and what was so, over their bins.
        wrong_in_band: Share of likelier answers that would be wrong where the verdict is `unsure`; None when
            no photo fell there.
        wrong_outside: Share of wrong answers elsewhere.
    """

    brier: float
    calibration_error: float
    wrong_in_band: float | None
    wrong_outside: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSummary:
    """What the locked test part told.

    Attributes:
        openings: How often the test part had been opened by then, this time included.
        confidence: Confidence of the intervals, in (0, 1).
        rates: Person, strangers and each kind of curveball.
        crowds: Several strangers on one photo.
        certainty: None without probabilities.
        leaks: Whether near copies, one stranger or one post were found in two parts; None where a bundle of
            an older format does not say.
        cautions: Sentences that cast doubt on the figures, as the report has them in red; None likewise.
    """

    openings: int
    confidence: float
    rates: tuple[TestRate, ...]
    crowds: tuple[TestCrowd, ...]
    certainty: TestCertainty | None
    leaks: bool | None
    cautions: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFacts:
    """What whoever makes a bundle knows of it.

    Attributes:
        preprocessing: In words, how a photo becomes the network's input.
        inspector_version: Version of the inspection that cut the crops it learned from.
        evidence: How a score becomes a probability; None where no photo of the person was there to fit it.
        test: None when the test part was not opened for this model.
        backbone: What others trained and the head stands on; None for a network trained from scratch.
        teacher: What others trained and the network learned from beside the labels; None without one.
    """

    person: str
    network: str
    view: View
    input: InputFormat
    preprocessing: str
    inspector_version: int
    gate: GateFacts
    thresholds: Thresholds
    evidence: Evidence | None
    calibration: CalibrationSummary
    training: TrainingSummary
    test: TestSummary | None = None
    backbone: Backbone | None = None
    teacher: Teacher | None = None

    @property
    def file_names(self) -> tuple[str, ...]:
        """Every file of the bundle beside the manifest."""
        return FILES if self.backbone is None else (*FILES, *self.backbone.files)

    def __post_init__(self) -> None:
        if self.network not in KNOWN_NETWORKS:
            raise ValueError(f"network: {self.network!r} is not known (known: {', '.join(KNOWN_NETWORKS)})")
        if self.view != KNOWN_NETWORKS[self.network]:
            raise ValueError(f"view: {self.network} looks at {KNOWN_NETWORKS[self.network]}, not {self.view}")
        if (self.backbone is not None) != (self.network == BACKBONE_NETWORK):
            raise ValueError(f"backbone: it must be given for the network {BACKBONE_NETWORK}, and only then")
        if self.backbone is not None and self.teacher is not None:
            raise ValueError("teacher: a head on a backbone has none")
        if self.backbone is None and self.input.size != VIEW_SIZES[self.view]:
            raise ValueError(
                f"input.size: {self.input.size} does not fit view {self.view}, whose crops are "
                f"{VIEW_SIZES[self.view]} pixels wide"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One file of the bundle: its size in bytes and its hash."""

    size: int
    sha256: str

    def __post_init__(self) -> None:
        _check_sha256(self.sha256, "sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleManifest(BundleFacts):
    """Everything `bundle.json` holds but its own digest.

    Attributes:
        created: UTC time, ISO 8601.
        facethemodel: Version of the package that wrote it.
        files: Every other file of the folder by name.
    """

    format_version: int
    created: str
    facethemodel: str
    files: dict[str, FileFacts]


def complete(
    facts: BundleFacts, *, created: str, version: str, files: Mapping[str, FileFacts]
) -> BundleManifest:
    """Adds to the facts what is only known once the files are written."""
    known: dict[str, Any] = {field.name: getattr(facts, field.name) for field in fields(BundleFacts)}
    return BundleManifest(
        **known, format_version=FORMAT_VERSION, created=created, facethemodel=version, files=dict(files)
    )


def seal(document: Mapping[str, Any]) -> dict[str, Any]:
    """Adds `manifest_sha256`: the SHA-256 over the rest as JSON with sorted keys, no spaces, ASCII only."""
    rest = {key: value for key, value in document.items() if key != "manifest_sha256"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return {**rest, "manifest_sha256": hashlib.sha256(canonical.encode("ascii")).hexdigest()}


def dump(manifest: BundleManifest) -> bytes:
    """Writes a manifest as the bytes of `bundle.json`.

    Raises:
        BundleError: It holds a number that is not finite.
    """
    try:
        return (json.dumps(seal(to_json(manifest)), indent=2, allow_nan=False) + "\n").encode("ascii")
    except ValueError as error:
        raise BundleError(f"the bundle's manifest cannot be written: {error}") from error


def parse(data: bytes, *, where: str) -> BundleManifest:
    """Reads the bytes of `bundle.json`.

    Args:
        data: The file's bytes.
        where: The file's name, for the error.

    Raises:
        SchemaError: It was written in a format this version does not know.
        BundleError: It is not JSON, was altered, or a key is missing, unknown or has a wrong value.
    """
    try:
        document = json.loads(data, object_pairs_hook=_unique, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{where} cannot be read as JSON: {error}", remedy=_AGAIN) from error
    if not isinstance(document, dict) or type(document.get("format_version")) is not int:
        raise BundleError(f"{where} has no format_version, so it is no bundle's manifest", remedy=_AGAIN)
    version = document["format_version"]
    if not 1 <= version <= FORMAT_VERSION:
        raise SchemaError(
            f"{where} has format_version {version}; this version reads 1 to {FORMAT_VERSION}",
            remedy="use the version of facethemodel that made it, or build the bundle again with this one",
        )
    if document.get("manifest_sha256") != seal(document)["manifest_sha256"]:
        raise BundleError(
            f"{where} was altered after the bundle was made: its manifest_sha256 does not match",
            remedy=_AGAIN,
        )
    del document["manifest_sha256"]
    try:
        manifest = from_json(BundleManifest, upgrade(document), key="")
        _check_files(manifest)
    except TypedJsonError as error:
        raise BundleError(f"{where}: {error}", remedy=_AGAIN) from error
    return manifest


_AGAIN = "fetch or build the bundle again"


def _check_files(manifest: BundleManifest) -> None:
    if set(manifest.files) != set(manifest.file_names):
        raise TypedJsonError(
            f"files: expected {', '.join(manifest.file_names)}, found {', '.join(sorted(manifest.files))}"
        )


def _check_sha256(value: str, name: str) -> None:
    if len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise ValueError(f"{name} must be 64 hexadecimal digits, got {value!r}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key {next(name for name in names if names.count(name) > 1)!r} stands there twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number
