"""A programme's numbers as a picture: how many came how far, how many each member brings, and who stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 8
"""Parts that are drawn; the others are put together."""
STEPS = (
    ("sign_ups", "joined", "#b7d7c8"),
    ("verified", "verified", "#7fb89f"),
    ("qualified", "qualified", "#3f8f72"),
    ("rewarded", "rewarded", "#c8963e"),
)
INK, FAINT, REFERRED, OTHERS = "#26332e", "#8a9690", "#3f8f72", "#9a6fb0"
CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "Droid Sans Fallback",
)
"""Fonts with Chinese signs, as systems have them."""
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: rows of the funnel, and what was computed last, if anything was."""

    name: str
    first: date
    last: date
    by: Sequence[str]
    rows: Sequence[dict[str, Any]]
    growth: Any
    staying: Sequence[Any]


class Lettering:
    """Writes what the fonts at hand can, and something else for what they cannot."""

    def __init__(self, font: Path | None) -> None:
        """Look for fonts, that in a file first."""
        names = [*CHINESE, "DejaVu Sans"]
        if font is not None:
            font_manager.fontManager.addfont(str(font))
            names.insert(0, font_manager.FontProperties(fname=str(font)).get_name())
        known = {entry.name: entry.fname for entry in font_manager.fontManager.ttflist}
        # The Latin of one that has all signs goes with them.
        self.families = [name for name in names if name in known]
        self._signs = {sign for name in self.families for sign in FT2Font(known[name]).get_charmap()}
        self.replaced: dict[str, str] = {}

    def readable(self, text: str) -> str:
        """Return a text, or a number that stands for it if some of its signs would be boxes."""
        if all(ord(sign) in self._signs for sign in text):
            # What goes between dollars would be taken for a formula.
            return text.replace("$", r"\$")
        known = {written: sign for sign, written in self.replaced.items()}
        sign = known.get(text, f"#{len(self.replaced) + 1}")
        self.replaced[sign] = text
        return sign


def draw(chart: Chart, path: Path, font: Path | None) -> dict[str, str]:
    """Draw a programme's numbers as a PNG; return what stands there for texts that no font at hand can write."""
    letters = Lettering(font)
    settings: dict[Any, Any] = {
        "font.family": letters.families,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": FAINT,
        "xtick.color": FAINT,
        "ytick.color": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 12,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=(13, 7.5), dpi=120, facecolor="white")
        grid = figure.add_gridspec(
            2, 2, width_ratios=(1.35, 1), height_ratios=(1, 2.6), hspace=0.5, wspace=0.28,
            left=0.13, right=0.96, top=0.79, bottom=0.1,
        )  # fmt: skip
        figure.text(0.03, 0.945, letters.readable(chart.name), fontsize=20)
        figure.text(0.03, 0.905, f"{chart.first} to {chart.last}, UTC", color=FAINT)
        _funnel(figure.add_subplot(grid[:, 0]), chart, letters)
        _k_factor(figure.add_subplot(grid[0, 1]), chart.growth)
        _staying(figure.add_subplot(grid[1, 1]), chart.staying)
        figure.savefig(path, format="png")
    return letters.replaced


def _label(row: dict[str, Any], by: Sequence[str], letters: Lettering) -> str:
    parts = ["none" if row[part] in {None, ""} else letters.readable(str(row[part])) for part in by if part in row]
    label = " · ".join(parts) or "all"
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"


def _funnel(axes: Axes, chart: Chart, letters: Lettering) -> None:
    bars = [(_label(row, chart.by, letters), row) for row in chart.rows[:MOST_BARS]]
    rest = chart.rows[MOST_BARS:]
    if rest:
        counts = ("clicks", "cost", *(name for name, _, _ in STEPS))
        bars.append((f"{len(rest):,} others", {name: sum(row[name] for row in rest) for name in counts}))
    axes.set_title(f"How many came how far, by {', '.join(chart.by)}", pad=26)
    if not bars:
        _nothing(axes, "Nobody has come yet.")
        return
    widest = max(1, *(row["sign_ups"] for _, row in bars))
    for place, (_, row) in enumerate(bars):
        for level, (name, _, color) in enumerate(STEPS):
            axes.barh(place, row[name], height=0.72 - 0.15 * level, color=color, zorder=level + 2)
        each = f"{row['cost'] / row['qualified']:,.0f}" if row["qualified"] else "–"
        share = f" = {row['sign_ups'] / row['clicks']:.1%}" if row["clicks"] else ""
        axes.text(
            row["sign_ups"] + widest * 0.02,
            place,
            f"{row['sign_ups']:,} of {row['clicks']:,} clicks{share}\n{row['qualified']:,} qualified, cost {each} each",
            va="center", fontsize=8.5, color=INK, linespacing=1.4,
        )  # fmt: skip
    axes.set_yticks(range(len(bars)), [label for label, _ in bars])
    axes.set_ylim(max(len(bars), 3) - 0.4, -0.6)
    axes.set_xlim(0, widest * 1.5)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks([])
    handles = [mpl.patches.Patch(color=color) for _, _, color in STEPS]
    axes.legend(
        handles, [label for _, label, _ in STEPS], loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=len(STEPS),
        frameon=False, fontsize=9, handlelength=1, handleheight=1, columnspacing=1.2,
    )  # fmt: skip


def _k_factor(axes: Axes, growth: Any) -> None:
    axes.set_title("K-factor: members that each member brings", pad=10)
    value, low, high = (None, None, None) if growth is None else growth["k_factor"]
    if value is None:
        _nothing(axes, "It is not computed yet.")
        return
    high = value if high is None else high
    axes.axvline(1, color=FAINT, linestyle=(0, (3, 3)), linewidth=1)
    axes.text(1.015, 0.62, "grows by itself →", fontsize=8.5, color=FAINT, ha="left" if high < 1 else "right")
    axes.plot([low, high], [0, 0], color=REFERRED, linewidth=7, alpha=0.35, solid_capstyle="round")
    axes.plot(value, 0, "o", color=REFERRED, markersize=11)
    axes.text(value, -0.62, f"{value:.3g}  ({low:.3g} to {high:.3g})", ha="center", va="center", fontsize=10)
    widest = max(high, 1) * 1.3
    axes.set_xlim(-0.22 * widest if value < 0.2 * widest else 0, widest)
    axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= widest])
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _staying(axes: Axes, staying: Sequence[Any]) -> None:
    axes.set_title("Who stays, with bounds of 95%", pad=10)
    drawn = False
    for name, label, color in (("referred", "brought by a friend", REFERRED), ("others", "came alone", OTHERS)):
        known = [(row["days"], *row[name]) for row in staying if row[name][0] is not None]
        if known:
            days, values, lows, highs = (
                [1.0, *part] if place else [0, *part] for place, part in enumerate(zip(*known, strict=True))
            )
            axes.plot(days, values, "-o", color=color, label=label, linewidth=2, markersize=4.5)
            axes.fill_between(days, lows, highs, color=color, alpha=0.15, linewidth=0)
            drawn = True
    if not drawn:
        _nothing(axes, "Nobody was watched for long enough yet.")
        return
    axes.set_ylim(0, 1.04)
    axes.set_xlim(left=0)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.grid(axis="y", color="#e5eae7", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel("days since joining", color=FAINT, fontsize=9)
    axes.legend(frameon=False, fontsize=9, loc="best")


def _nothing(axes: Axes, why: str) -> None:
    axes.text(0.5, 0.5, why, ha="center", va="center", color=FAINT, transform=axes.transAxes)
    axes.set_axis_off()
