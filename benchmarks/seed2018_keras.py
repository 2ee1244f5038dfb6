"""The 2018 training in Keras 3 on TensorFlow, as the original wrote it. Run by `train_seed2018`.

    RIVALS/keras/bin/python benchmarks/seed2018_keras.py PHOTOS [--workers N]

The network, optimiser, loss, batch size and augmentation are the original's; files are read class by folder
through `ImageDataGenerator`, which Keras 3 still carries as a legacy module. Each line on the input trains
one pass with `fit` and is answered by a line of JSON with the images shown and the seconds they took.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

SIDE = 256
BATCH = 32
PARAMETERS = 1_122_593


def seed2018() -> keras.Model:
    """Builds the network of the original."""
    import keras

    layers = keras.layers
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3))])
    for filters in (32, 32, 64, 64):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dropout(0.6))
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(1, activation="sigmoid"))
    if model.count_params() != PARAMETERS:
        raise SystemExit(f"the network has {model.count_params():,} parameters, not {PARAMETERS:,}")
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    answers = sys.stdout
    # Keras tells on its output what it found; only answers may go there.
    sys.stdout = sys.stderr
    # Not at the top: whoever asks for help need not have Keras.
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    generator = ImageDataGenerator(rescale=1 / 255, shear_range=0.2, zoom_range=0.2, horizontal_flip=True)
    files = generator.flow_from_directory(
        str(options.photos), target_size=(SIDE, SIDE), batch_size=BATCH, class_mode="binary"
    )
    files.workers = options.workers
    model = seed2018()
    print(json.dumps({"files": files.n}), file=answers, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        model.fit(files, epochs=1, verbose=0)
        answer = {"images": files.n, "seconds": time.perf_counter() - start}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
