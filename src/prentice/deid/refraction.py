"""What the copy keeps of a prescription: a handful of figures of both eyes together. Pure; whole columns."""

from __future__ import annotations

import polars as pl

GROUPS = ("high myopia", "myopia", "emmetropia", "hyperopia", "none")
# Beyond these a figure is a slip of the pen: no spectacle lens is made in them.
_MOST_SPHERE, _MOST_CYLINDER = 40.0, 15.0


def refraction() -> list[pl.Expr]:
    """From od_/os_ sphere, cylinder, add (dioptres) and has_prescription, as expressions.

    mean_sphere: mean of both eyes, or of the one that is known. worse_se: spherical equivalent S + C/2 of the
    eye with the larger absolute value. max_cylinder: the larger |C|. has_add: an addition above 0 in either
    eye. refractive_group: of worse_se; high myopia <= -6.00, myopia <= -0.50, hyperopia >= +0.50.
    """
    sphere = {eye: _within(f"{eye}_sphere", _MOST_SPHERE) for eye in ("od", "os")}
    cylinder = {eye: _within(f"{eye}_cylinder", _MOST_CYLINDER) for eye in ("od", "os")}
    right, left = (sphere[eye] + cylinder[eye].fill_null(0) / 2 for eye in ("od", "os"))
    worse = pl.when(left.is_null() | (right.abs() >= left.abs())).then(right).otherwise(left)
    has = pl.col("has_prescription").fill_null(False)
    group = (
        pl.when(worse.is_null() | ~has)
        .then(pl.lit("none"))
        .when(worse <= -6.0)
        .then(pl.lit("high myopia"))
        .when(worse <= -0.5)
        .then(pl.lit("myopia"))
        .when(worse >= 0.5)
        .then(pl.lit("hyperopia"))
        .otherwise(pl.lit("emmetropia"))
    )
    adds = (pl.col("od_add").fill_null(0) > 0) | (pl.col("os_add").fill_null(0) > 0)
    return [
        has.alias("has_prescription"),
        (pl.mean_horizontal(sphere["od"], sphere["os"]) + 0.0).round(4).alias("mean_sphere"),
        (worse + 0.0).round(4).alias("worse_se"),
        pl.max_horizontal(cylinder["od"].abs(), cylinder["os"].abs()).round(4).alias("max_cylinder"),
        (adds & has).alias("has_add"),
        group.alias("refractive_group"),
    ]


def _within(column: str, most: float) -> pl.Expr:
    value = pl.col(column)
    return pl.when(value.abs() <= most).then(value)
