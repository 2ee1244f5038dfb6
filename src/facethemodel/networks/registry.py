"""Which networks there are and what each one looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facethemodel.catalogue.records import View
from facethemodel.errors import UsageError

if TYPE_CHECKING:
    from facethemodel.networks.face import FaceNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """One network that can be trained.

    Attributes:
        name: What the settings and the command line call it.
        view: Which crops it looks at.
        size: Side of those crops in pixels.
        parameters: Trainable numbers of the shipped network, without the training-only identity head.
        build: Makes the network with fresh weights from the current torch seed. Takes how many strangers'
            identities it is to tell apart while it trains: 0 builds the network as it is shipped.
        learns_identities: Whether a number above 0 means anything to it.
        summary: One line for a person.
        revision: Counts changes that neither the number of parameters nor the recipe shows: networks of an
            earlier one are trained anew.
    """

    name: str
    view: View
    size: int
    parameters: int
    build: Callable[[int], FaceNetwork]
    learns_identities: bool
    summary: str
    revision: int = 1


# The builders import late: `--help`, the settings and the use of a bundle read this list and never need
# torch.
def _seed2018(identities: int) -> FaceNetwork:
    from facethemodel.networks.seed2018 import Seed2018

    return Seed2018()


def _residual112(identities: int) -> FaceNetwork:
    from facethemodel.networks.residual import Residual112

    return Residual112(identities)


NETWORKS: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        NetworkSpec(
            name="residual112",
            view="aligned112",
            size=112,
            parameters=1_095_842,
            build=_residual112,
            learns_identities=True,
            summary="residual network on aligned faces; learns from the strangers' names, too",
            # Faces of little contrast are exposed longer.
            revision=2,
        ),
        NetworkSpec(
            name="seed2018",
            view="whole256",
            size=256,
            parameters=1_122_593,
            build=_seed2018,
            learns_identities=False,
            summary="the 2018 original: four convolutions and four dense layers on the whole photo",
        ),
    )
}


def get_network(name: str) -> NetworkSpec:
    """Finds a network by its name.

    Raises:
        UsageError: There is none of that name.
    """
    try:
        return NETWORKS[name]
    except KeyError:
        raise UsageError(
            f"there is no network called {name!r}", remedy=f"choose one of: {', '.join(NETWORKS)}"
        ) from None
