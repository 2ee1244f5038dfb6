"""Is this one person's face? Models trained on your own photos, from scratch, and told honestly how they err.

```python
import facethemodel

model = facethemodel.load("runs/.../bundle")
verdict = model.judge("photo.jpg")
print(verdict.verdict, verdict.score)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from facethemodel.project import Project
    from facethemodel.scoring import Model, Verdict, load

    __version__: str

__all__ = ["Model", "Project", "Verdict", "__version__", "load"]

_HOMES = {
    "Model": "facethemodel.scoring",
    "Project": "facethemodel.project",
    "Verdict": "facethemodel.scoring",
    "load": "facethemodel.scoring",
}


def __getattr__(name: str) -> Any:
    # Imported at first use: `facethemodel --help` must not wait for numpy, OpenCV and ONNX Runtime.
    from importlib import import_module, metadata

    if name == "__version__":
        value: Any = metadata.version("facethemodel")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
