"""The model card's sentences on what others trained."""

from __future__ import annotations

from facethemodel.bundle.manifest import BundleFacts
from facethemodel.bundle.markup import plain


def how_trained(facts: BundleFacts) -> str:
    """Says how the model was trained, to be read after "it was" and before "with facethemodel"."""
    if facts.backbone is not None:
        name = plain(facts.backbone.name)
        return f"**not trained from scratch**: a head was put on {name}, which others trained,"
    if facts.teacher is not None:
        return f"trained with a teacher, {plain(facts.teacher.name)}, which others trained,"
    return "trained from scratch"


def package(facts: BundleFacts) -> str:
    """What has to be installed, as it is typed in the repository of facethemodel."""
    extra = None if facts.backbone is None else facts.backbone.extra
    return "." if extra is None else f"'.[{extra}]'"


def backbone_in_words(facts: BundleFacts) -> str:
    """What looks at a face; there must be a backbone."""
    assert facts.backbone is not None
    size = facts.backbone.dimension
    return (
        f"{plain(facts.backbone.name)} turns a face into {size:,} numbers; a head of {size + 1:,} numbers "
        "says how much they are the person's"
    )


def what_others_trained(facts: BundleFacts) -> str:
    """Says what others trained, by whom and on what, or that there is nothing."""
    if facts.backbone is not None:
        one = facts.backbone
        shipped = (
            "Its weights are in this folder (`backbone.onnx`): pass them on only as its makers allow."
            if one.files
            else f"Its weights are not in this folder; the extra `{one.extra}` installs them."
        )
        return f"""The figures above are the head's alone.

**What others trained.** The backbone {plain(one.name)} was trained by {plain(one.trained_by)} on
{plain(one.trained_on)}.
Whoever is in that collection was perhaps known to it before, people of the test included.
{shipped}"""
    if facts.teacher is not None:
        by = facts.teacher
        return f"""Its own weights began at random.

**What others trained.** Beside the labels it learned from what {plain(by.name)} says of the same faces.
That teacher was trained by {plain(by.trained_by)} on {plain(by.trained_on)}.
Whoever is in that collection, people of the test included, may be told apart better for it.
Nothing of the teacher is in this folder."""
    return """No weights trained
elsewhere were used, except in the gate: the face detector's and the learned check's."""
