"""The networks one can train, by name. Reading this list does not import torch; building a network does."""

from facethemodel.networks.registry import NETWORKS, NetworkSpec, get_network

__all__ = ["NETWORKS", "NetworkSpec", "get_network"]
