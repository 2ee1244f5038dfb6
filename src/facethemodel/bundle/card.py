"""The model card: a bundle's README.md, in words for whoever is handed the folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from facethemodel.bundle.card_certainty import crowd_rows, probabilities, what_is_counted
from facethemodel.bundle.card_origin import backbone_in_words, how_trained, package, what_others_trained
from facethemodel.bundle.manifest import BundleFacts, FileFacts, TestRate, TestSummary
from facethemodel.bundle.markup import plain
from facethemodel.bundle.shares import bound, chosen, interval, promised, share

_NETWORKS = {
    "seed2018": "`seed2018`, the plain convolutional network of 2018; it sees the whole photo at 256 x 256",
    "residual112": "`residual112`, a small residual network; it sees one aligned face at 112 x 112",
}


def card(facts: BundleFacts, *, created: str, version: str, files: Mapping[str, FileFacts]) -> str:
    """Writes the card from what the manifest says.

    Args:
        facts: The manifest's facts.
        created: When, ISO 8601.
        version: Version of facethemodel.
        files: The model files, without the card itself.
    """
    sections = (
        _head(facts, created, version),
        _purpose(facts),
        _use(facts),
        _network(facts),
        _data(facts),
        _thresholds(facts),
        *probabilities(facts),
        _test(facts.test) if facts.test is not None else _NOT_TESTED,
        _LIMITS,
        _files(files),
    )
    return "\n\n".join(sections) + "\n"


def _head(facts: BundleFacts, created: str, version: str) -> str:
    return (
        f"# Is this {plain(facts.person)}?\n\n"
        f"A model that answers one question about a photo: does it show {plain(facts.person)}?\n"
        f"It was {how_trained(facts)} with facethemodel {version} and written on {created}."
    )


def _purpose(facts: BundleFacts) -> str:
    return f"""## What it is for, and what not

* For sorting and finding photos of {plain(facts.person)} in collections, where a person looks at the result.
* **Not a lock.** It does not check whether a living person or a printed photo stands before the camera.
  Do not use it for doors, phones, payments, or to decide about anybody.
* **Not for watching people.** It was made from photos of a face, and what it learned is biometric data: keep
  it as you would keep the photos, pass it on only with the consent of the person it knows, and erase it when
  that consent ends. Laws on biometric data apply to it in many countries.
* It knows one person. "Not {plain(facts.person)}" says nothing about who else it is."""


def _use(facts: BundleFacts) -> str:
    return f"""## How to use it

facethemodel is in no package registry. In a copy of its repository:

```
pip install {package(facts)}
facethemodel predict PHOTO_OR_FOLDER --bundle THIS_FOLDER
```

```python
import facethemodel

model = facethemodel.load("THIS_FOLDER")
print(model.judge("photo.jpg").verdict)  # person, not_person, unsure or no_face
```

No training software is needed. Loading checks the hash of every file and refuses a folder that was altered;
that finds damage and casual changes, it is no signature. {_how_judged(facts)}"""


def _how_judged(facts: BundleFacts) -> str:
    if facts.view == "whole256":
        return "The whole photo gets one score, provided that a face is found in it."
    return "A photo with several faces is judged face by face; the highest score counts."


def _network(facts: BundleFacts) -> str:
    return f"""## How it looks at a photo

* Network: {_NETWORKS[facts.network] if facts.backbone is None else backbone_in_words(facts)}.
* Preparation: {plain(facts.preprocessing)}
* Gate: a face detector finds candidates, a learned check says which are human faces; below a score of
  {facts.gate.threshold:g} one is none, and a photo without one gets the verdict `no_face`."""


def _data(facts: BundleFacts) -> str:
    training = facts.training
    passes = "" if facts.backbone is not None else f"{training.epochs} epochs,\n"
    tuned = "to see how it does" if facts.backbone is not None else "to judge the epochs by"
    seed = "" if facts.backbone is not None else f", seed {training.seed}"
    return f"""## What it learned from

| | photos of the person | photos of strangers |
|---|---|---|
| to learn | {training.person_photos:,} | {training.stranger_photos:,} ({training.strangers:,} people) |
| {tuned} | {training.tune_person_photos:,} | {training.tune_stranger_photos:,} |
| to set the threshold | {facts.calibration.person_photos:,} | {facts.calibration.stranger_photos:,} \
({facts.calibration.strangers:,} people) |

{_kept_apart(facts)} {passes}{training.seconds / 60:.1f} minutes, \
{training.precision}{seed}. {what_others_trained(facts)}"""


def _kept_apart(facts: BundleFacts) -> str:
    if facts.test is not None and facts.test.leaks:
        return (
            "**These rows and the test leak into one another:** near copies, photos of one stranger or of "
            "one post stand in two of them."
        )
    return "No photo and no stranger with a name stands in two of these rows."


def _thresholds(facts: BundleFacts) -> str:
    line, calibration = facts.thresholds, facts.calibration
    sure = chosen(line.confidence)
    if line.promise is not None:
        promise = f"""**The promise:** of strangers like those it was set on, at most {promised(line.promise)}
are taken for {plain(facts.person)}. Confidence {sure}, from {line.strangers:,} strangers used for nothing
else.

{what_is_counted(facts)}"""
    else:
        promise = f"""**No promise.** Asked for was a false match rate of at most {promised(line.target_fmr)}
with confidence {sure}; {line.strangers:,} strangers are too few to vouch for that. All they can vouch for is
{bound(calibration.bound)}; {calibration.more_strangers_needed:,} more strangers would be needed."""
    band = "" if line.unsure >= line.person else f"From {line.unsure:.4f} up to it: `unsure`. "
    return f"""## Where the line lies

Score {line.person:.4f} and above: `person`. {band}Below: `not_person`.

{promise}

On the photos the line was set on, {calibration.false_matches:,} of {calibration.stranger_photos:,} photos of
strangers lie above it and {calibration.false_non_matches:,} of {calibration.person_photos:,} photos of the
person below it. Figures for judging the model are those of the test."""


_NOT_TESTED = """## How good it is

The locked test part was not opened for this model: nothing is known about it that was not also used to
make it."""


def _test(test: TestSummary) -> str:
    lines = "\n".join(row for rate in test.rates for row in _test_rows(rate))
    by_person = any(rate.per_identity is not None for rate in test.rates)
    seen = (
        "Measured on the test part, from which what it learned was not kept apart."
        if test.leaks
        else "Measured on photos and people that nothing before had seen."
    )
    cautions = "".join(f"\n**Caution.** {plain(text)}\n" for text in test.cautions or ())
    times = "once" if test.openings == 1 else f"{test.openings:,} times"
    return f"""## How good it is

{seen} The test part had been opened {times} by then;
each further time makes such figures a little too good.
{cautions}
Intervals are at {chosen(test.confidence)}. Those of counted photos are exact (Clopper and Pearson) if
each photo is an independent draw. Photos of one stranger are not, nor are the person's of one burst or
event: then more is uncertain than such an interval says.
{_BY_PERSON if by_person else _NOT_BY_PERSON}

| | rate | interval | count |
|---|---|---|---|
{lines}{crowd_rows(test)}"""


_BY_PERSON = "Of strangers trust the figure by person: each weighs the same, and strangers are the draws."
_NOT_BY_PERSON = "A figure by person was not measured."


def _test_rows(rate: TestRate) -> Iterator[str]:
    value = share(rate.count / rate.total if rate.total else None)
    ends = interval(rate.low, rate.high)
    yield f"| {_cell(rate.name)} | {value} | {ends} | {rate.count:,} of {rate.total:,} |"
    mean = rate.per_identity
    if mean is not None:
        ends = interval(mean.low, mean.high)
        yield f"| the same by person | {share(mean.value)} | {ends} | mean of {mean.identities:,} strangers |"


_LIMITS = """## Known limits

* **Source confound.** Where the person's photos and the strangers' come from different places, part of what
  separates them is the place: camera, crop, codec, years. Every photo goes through the same detector,
  alignment and resize, which removes much of that and not all. Trust comparisons within one source most.
* **Curveballs.** Animals, cartoons and things are turned away by the gate in most cases, not in all. Statues,
  masks, prints and screens that show a face mostly pass it: this is no lock for a door.
* **Kinds of people.** The promise speaks of strangers like those in the data. For other ages, skin colours,
  decades or cameras it may err more often; relatives and look-alikes are harder than anybody else.
* Profiles, covered faces and very small faces are often not found: `no_face`."""


def _files(files: Mapping[str, FileFacts]) -> str:
    lines = "\n".join(f"| {name} | {facts.size:,} | `{facts.sha256}` |" for name, facts in _sorted(files))
    return f"""## Files

| file | bytes | sha256 |
|---|---|---|
{lines}

`bundle.json` holds all of this for programs."""


def _sorted(files: Mapping[str, FileFacts]) -> Iterator[tuple[str, FileFacts]]:
    yield from sorted(files.items())


def _cell(text: str) -> str:
    return plain(text).replace("|", "\\|")
