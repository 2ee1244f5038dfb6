"""Turns the lines that real_photos.py wrote into the tables of docs/results.md.

python benchmarks/real_photos_table.py WORK/results.jsonl [--keep benchmarks/data/real_photos.jsonl]

What is kept has no single photo and no curve in it, and makes the same tables: runs take a quarter of an hour
each, so that the tables of docs/results.md are made of days.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

Line = dict[str, Any]
LEVELS = (0.05, 0.01, 0.001)


def percent(rate: dict[str, Any] | None) -> str:
    """`97.5 % (86.8 to 99.9)`, or a dash where there was nothing to count."""
    if rate is None or rate["value"] is None:
        return "–"
    return f"{100 * rate['value']:.1f} % ({100 * rate['low']:.1f} to {100 * rate['high']:.1f})"


def comparison_rows(lines: list[Line]) -> list[list[str]]:
    """One row per run and set of strangers: what is missed at three false match rates, and at our line."""
    rows = []
    for line in lines:
        for name, found in line["comparisons"].items():
            misses = [percent(point["fnmr"]) for point in found["ranking"]["operating_points"]]
            rows.append(
                [
                    line["network"],
                    line["target"],
                    str(line["seed"]),
                    name,
                    *misses,
                    f"{found['ranking']['auc']:.4f}" if found["ranking"]["auc"] is not None else "–",
                    percent(found["fmr"]),
                ]
            )
    return rows


def main_face_rows(lines: list[Line]) -> list[list[str]]:
    """The same with every photo judged by its main face."""
    return [
        [
            line["network"],
            line["target"],
            str(line["seed"]),
            name,
            *(percent(point["fnmr"]) for point in found["by_main_face"]["operating_points"]),
        ]
        for line in lines
        for name, found in line["comparisons"].items()
        if "by_main_face" in found
    ]


def shortcut_rows(lines: list[Line]) -> list[list[str]]:
    """One row per run and set of strangers: told without the face, and missed with the source evened out."""
    return [
        [
            line["network"],
            line["target"],
            str(line["seed"]),
            told["name"],
            *(area(told[condition]) for condition in ("whole", "without_face", "traces", "evened")),
            *(percent(point["fnmr"]) for point in told["evened_points"]),
        ]
        for line in lines
        for told in (line.get("shortcut") or {"against": []})["against"]
    ]


def area(found: dict[str, Any]) -> str:
    """`0.93 (0.90 to 0.95)`."""
    return "–" if found["auc"] is None else f"{found['auc']:.3f} ({found['low']:.2f} to {found['high']:.2f})"


def headline_rows(lines: list[Line]) -> list[list[str]]:
    """One row per run: end to end, at the threshold that the calibrate part gave."""
    rows = []
    for line in lines:
        kinds = [("", line), (" as in 2018", line.get("as_published"))]
        for suffix, figures in kinds:
            if figures is None:
                continue
            balls = figures["curveballs"]
            rows.append(
                [
                    line["network"] + suffix,
                    line["target"],
                    str(line["seed"]),
                    percent(figures["person"]),
                    percent(figures["strangers"]),
                    percent(figures["strangers_per_identity"]),
                    *(percent(balls[kind]["end_to_end"]) for kind in ("cats", "dogs", "objects")),
                    *(percent(balls[kind]["without_gate"]) for kind in ("cats", "dogs", "objects")),
                ]
            )
    return rows


def cost_rows(lines: list[Line]) -> list[list[str]]:
    """One row per run: time, memory, passes."""
    return [
        [
            line["network"],
            line["target"],
            str(line["seed"]),
            f"{line['build_seconds'] / 60:.1f} min",
            f"{line['trained']['seconds'] / 60:.1f} min",
            f"{line['trained']['best_epoch']} of {line['trained']['epochs']}",
            line["trained"]["precision"],
            f"{line['peak_mib']} MiB",
        ]
        for line in lines
    ]


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join(
        [
            "| " + " | ".join(heads) + " |",
            "|" + "---|" * len(heads),
            *("| " + " | ".join(r) + " |" for r in rows),
        ]
    )


def without_photos(line: Line) -> Line:
    """What the tables need of a line."""
    kept = {key: value for key, value in line.items() if key != "person_scores"}
    for key in ("less_wrong_labels", "as_published"):
        if kept.get(key):
            kept[key] = without_photos(kept[key])
    if "comparisons" in kept:
        kept["comparisons"] = {
            name: {key: _without_curves(value) for key, value in found.items()}
            for name, found in kept["comparisons"].items()
        }
    return kept


def _without_curves(found: Any) -> Any:
    if not isinstance(found, dict) or "operating_points" not in found:
        return found
    return {key: value for key, value in found.items() if key in ("operating_points", "auc")}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value


def keep(lines: list[Line], to: Path) -> None:
    """Adds to a file what the tables need of the lines that it does not hold yet."""
    held = to.read_text().splitlines() if to.exists() else []
    new = [json.dumps(_rounded(without_photos(line)), ensure_ascii=False) for line in lines]
    to.write_text("".join(f"{text}\n" for text in dict.fromkeys([*held, *new])))


def less_wrong(lines: list[Line]) -> list[Line]:
    """The runs whose test part holds photos that show somebody else, judged without those."""
    return [{**line, **line["less_wrong_labels"]} for line in lines if line.get("less_wrong_labels")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="add what the tables need to a file")
    options = parser.parse_args()
    lines = [json.loads(text) for text in options.results.read_text().splitlines()]
    if options.keep is not None:
        keep(lines, options.keep)
    lines.sort(key=lambda line: (line["network"], line["target"], line["seed"]))
    run = ["network", "target", "seed"]
    missed = [f"missed at FMR {100 * level:g} %" for level in LEVELS]
    print(table([*run, "against", *missed, "AUC", "taken at the line in use"], comparison_rows(lines)), "\n")
    print("Every photo judged by its main face:\n")
    print(table([*run, "against", *missed], main_face_rows(lines)), "\n")
    told = ["as it is", "without the face", "traces", "evened out"]
    evened = [f"{text}, evened out" for text in missed]
    print(table([*run, "against", *told, *evened], shortcut_rows(lines)), "\n")
    if right := less_wrong(lines):
        print("Without the photos that are known to show somebody else:\n")
        print(
            table([*run, "against", *missed, "AUC", "taken at the line in use"], comparison_rows(right)), "\n"
        )
        print(table([*run, "against", *told, *evened], shortcut_rows(right)), "\n")
    balls = [f"{kind} taken" for kind in ("cats", "dogs", "objects")]
    bare = [f"{kind}, no gate" for kind in ("cats", "dogs", "objects")]
    heads = [*run, "person found", "strangers taken, by photo", "by person", *balls, *bare]
    print(table(heads, headline_rows(lines)), "\n")
    print(table([*run, "build", "training", "pass kept", "arithmetic", "peak memory"], cost_rows(lines)))


if __name__ == "__main__":
    main()
