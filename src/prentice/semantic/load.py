"""`models/*.yml` -> `Catalogue`. Whatever is wrong in a file stops the start and is named.

Checked: expressions parse and mention only relations and joins that exist, names and synonyms are
unique, every metric can be counted, and dimensions of one name on one metric mean one thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources

import yaml
from pydantic import ValidationError

from prentice.semantic.expressions import wrong
from prentice.semantic.files import LOADER, ModelEntry
from prentice.semantic.load_facts import build_dimension, build_fact, build_spine
from prentice.semantic.load_metrics import build_measures, build_metric
from prentice.semantic.model import Catalogue, Fact, Metric, Model
from prentice.semantic.query import GRAINS
from prentice.semantic.spelling import spelling_key

_FILES = ("shared", "sales", "stock", "orders", "appointments", "purchasing", "patients")


def load_catalogue() -> Catalogue:
    """Read, build and check all models. Raises `BadConfiguration`."""
    entries = [_read(name) for name in _FILES]
    return build_catalogue(entries)


def build_catalogue(entries: Iterable[ModelEntry]) -> Catalogue:
    """The catalogue of these model files. Raises `BadConfiguration`, naming file and entry."""
    shared, *models = entries
    dimensions = {
        (m.model, name): build_dimension(m, name) for m in (shared, *models) for name in m.dimensions
    }
    facts: dict[str, Fact] = {}
    for model in models:
        for name, entry in model.facts.items():
            if name in facts:
                raise wrong(f"Two facts are called '{name}'.")
            facts[name] = build_fact(model, name, entry, shared, dimensions)
    measures = build_measures(models, facts)
    metrics: dict[str, Metric] = {}
    for model in models:
        for name, metric in model.metrics.items():
            if name in metrics:
                raise wrong(f"Two metrics are called '{name}'.")
            metrics[name] = build_metric(model, name, metric, measures, metrics)
    catalogue = Catalogue(
        models={m.model: Model(m.model, m.label, m.description) for m in models},
        metrics=metrics,
        dimensions=tuple(dimensions.values()),
        measures=measures,
        facts=facts,
        spine=build_spine(shared, dimensions),
    )
    _check_words(catalogue)
    _check_references(catalogue)
    return catalogue


def _read(name: str) -> ModelEntry:
    text = resources.files("prentice.semantic").joinpath("models", f"{name}.yml").read_text("utf-8")
    try:
        return ModelEntry.model_validate(yaml.load(text, Loader=LOADER))
    except (ValidationError, yaml.YAMLError) as error:
        raise wrong(f"models/{name}.yml cannot be read: {str(error)[:500]}") from error


def _check_words(catalogue: Catalogue) -> None:
    """No word of the trade may mean two metrics, or two dimensions."""
    for kind, things in (("metric", catalogue.metrics.values()), ("dimension", catalogue.dimensions)):
        owners: dict[str, str] = {}
        for thing in things:
            for word in dict.fromkeys(spelling_key(w) for w in thing.synonyms):
                owner = owners.setdefault(word, thing.name)
                if owner != thing.name:
                    raise wrong(f"'{word}' is a synonym of two {kind}s: '{owner}' and '{thing.name}'.")


def _check_references(catalogue: Catalogue) -> None:
    for metric in catalogue.metrics.values():
        named = [n for caveat in metric.caveats for n in (caveat.metric, caveat.of) if n]
        if missing := [n for n in named if n not in catalogue.metrics]:
            raise wrong(f"A caveat of '{metric.name}' names unknown metrics {missing}.")
        if metric.now_when and metric.now_when.dimension not in metric.dimensions:
            raise wrong(f"'{metric.name}' has no dimension '{metric.now_when.dimension}'.")
    for dimension in catalogue.dimensions:
        if dimension.rank_by is not None and dimension.rank_by not in catalogue.metrics:
            raise wrong(f"'{dimension.name}' is ranked by the unknown metric '{dimension.rank_by}'.")
    cuts = {d.name for d in catalogue.dimensions}
    if clash := cuts & (set(GRAINS) | set(catalogue.measures)):
        raise wrong(f"A dimension is called like a grain or a measure: {sorted(clash)}.")
