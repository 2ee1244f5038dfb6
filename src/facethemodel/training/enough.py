"""How few photos are too few."""

from __future__ import annotations

from facethemodel.dataset.samples import LabelledCrops
from facethemodel.errors import NoUsableDataError

FEWEST_PERSON = 10
FEWEST_STRANGERS = 20


def require_enough(train_crops: LabelledCrops, tune_crops: LabelledCrops) -> None:
    """Makes sure that there is enough to train on and to choose by.

    Raises:
        NoUsableDataError: Says what is there and how much it takes.
    """
    person = int(train_crops.is_person.sum())
    strangers = len(train_crops) - person
    if person < FEWEST_PERSON or strangers < FEWEST_STRANGERS:
        raise NoUsableDataError(
            f"there are {person} usable photos of the person and {strangers} of strangers to train on; "
            f"it takes at least {FEWEST_PERSON} and {FEWEST_STRANGERS}",
            remedy="add photos with `facethemodel add FOLDER --as person` or `--as stranger`",
        )
    tuned = int(tune_crops.is_person.sum())
    if tuned == 0 or tuned == len(tune_crops):
        missing, remedy = (
            ("no photo of the person", "add photos of the person")
            if tuned == 0
            else ("no photo of a stranger", "strangers are divided by person: add photos of more people")
        )
        raise NoUsableDataError(
            f"there is {missing} in the tune part; it takes at least one of each to judge the passes by",
            remedy=f"{remedy} with `facethemodel add`, then `facethemodel split`",
        )
