"""The network of the 2018 original, number for number."""

from __future__ import annotations

from torch import Tensor, nn

from facethemodel.networks.face import FaceNetwork


class Seed2018(FaceNetwork):
    """Four convolutions and four dense layers on the whole photo at 256 x 256: 1,122,593 parameters.

    It pools before the ReLU where the original pools after it: the maximum of rectified values is the
    rectified maximum, and a quarter of the work remains. Weights start as Keras starts them (Glorot and
    Bengio, 2010, uniform; biases zero), because torch's own start trains differently.
    """

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        for inputs, filters in ((3, 32), (32, 32), (32, 64), (64, 64)):
            blocks += [nn.Conv2d(inputs, filters, 3, padding=1), nn.MaxPool2d(2), nn.ReLU()]
        self.blocks = nn.Sequential(*blocks, nn.Flatten())
        self.dense = nn.Sequential(
            nn.Linear(16 * 16 * 64, 64),
            nn.ReLU(),
            nn.Dropout(0.6),
            nn.Linear(64, 64),
            nn.ReLU(),
            nn.Linear(64, 64),
            nn.ReLU(),
        )
        self.person = nn.Sequential(nn.Dropout(0.3), nn.Linear(64, 1))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def features(self, x: Tensor) -> Tensor:
        """Turns prepared pixels (N, 3, 256, 256) into embeddings (N, 64)."""
        embedding: Tensor = self.dense(self.blocks(x))
        return embedding

    def head(self, embedding: Tensor) -> Tensor:
        """Turns embeddings (N, 64) into the person's logits (N,); the sigmoid is left to the loss."""
        score: Tensor = self.person(embedding)
        return score.flatten()
