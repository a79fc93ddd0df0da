"""The corpus as it lies under version control: articles, questions with answers, sources.

`Corpus.load()` reads `knowledge/` and holds each piece to its shape; what is true of all of them together is
`validate`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prentice.errors import BadCorpus

FOLDER = Path(__file__).resolve().parents[3] / "knowledge"
TOPICS = (
    "optics", "anatomy", "pathology", "refraction", "lens-designs", "materials-coatings", "frames-fitting",
    "measurements", "instruments", "troubleshooting", "progressives", "paediatric", "low-vision",
    "sports-safety", "contact-lenses", "red-flags", "laws-standards", "patient-communication",
    "retail-practice",
)  # fmt: skip

Audience = Literal["professional", "patient"]
Region = Literal["any", "US", "UK"]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=90)]
Topic = Literal[TOPICS]  # type: ignore[valid-type]
Shape = TypeVar("Shape", bound=BaseModel)
_HEAD = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)


class _Piece(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Piece):
    """A work that a reader can find by what stands here."""

    title: str = Field(min_length=4)
    author: str = Field(min_length=2)
    publisher: str = Field(min_length=2)
    kind: Literal["book", "paper", "guideline", "law", "standard", "web"]
    year: int | None = Field(default=None, ge=1900, le=2100)
    url: str | None = Field(default=None, pattern=r"^https?://")

    @property
    def words(self) -> str:
        """How it is named under an answer.

        >>> Source(title="Optics", author="A. Hirst", publisher="ABDO", kind="book", year=1996).words
        'A. Hirst, Optics (ABDO, 1996)'
        """
        where = f"{self.publisher}, {self.year}" if self.year else self.publisher
        return f"{self.author}, {self.title} ({where})"


class Article(_Piece):
    """One article. `text` is its Markdown without the head."""

    id: Id
    title: str = Field(min_length=4, max_length=120)
    topic: Topic
    audience: Audience
    region: Region
    counterpart: Id | None = None
    sources: list[Id] = Field(min_length=1)
    date: date
    reviewed: Literal["unreviewed", "reviewed"]
    text: str = Field(min_length=200, repr=False)


class Number(_Piece):
    """A figure that matters: `about` names what it is a figure of; `tolerance` in its own unit."""

    about: str = Field(min_length=3)
    value: float
    unit: str
    tolerance: float = Field(ge=0)


class Item(_Piece):
    """A question with its answer. A key fact is a list of wordings, of which the answer holds one."""

    id: Id
    topic: Topic
    audience: Audience
    region: Region
    article: Id
    question: str = Field(min_length=8, max_length=400)
    paraphrases: list[str] = Field(min_length=3, max_length=3)
    answer: str = Field(min_length=40, max_length=1_200)
    key_facts: list[list[str]] = Field(min_length=1, max_length=5)
    numbers: list[Number]
    counterpart: Id | None
    sources: list[Id] = Field(min_length=1)
    date: date
    reviewed: Literal["unreviewed", "reviewed"]

    @property
    def wordings(self) -> list[str]:
        return [self.question, *self.paraphrases]


class _Also(_Piece):
    """Further ways of asking an item's question, by people who had not seen its paraphrases."""

    id: Id
    wordings: list[Annotated[str, Field(min_length=6, max_length=300)]] = Field(min_length=1, max_length=12)


@dataclass(frozen=True)
class Corpus:
    """`also`: further wordings of an item, by its id. They are searched, and neither shown nor examined."""

    articles: dict[str, Article]
    items: dict[str, Item]
    sources: dict[str, Source]
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Corpus:
        """Raises `BadCorpus`, which names the file, the line and what is wrong."""
        if not folder.is_dir():
            raise BadCorpus("There is no corpus.", "Its folder is `knowledge/`, beside `src/`.")
        sources = {
            name: _shaped(Source, given, folder / "sources.yml", name)
            for name, given in (yaml.safe_load((folder / "sources.yml").read_text("utf-8")) or {}).items()
        }
        articles: dict[str, Article] = {}
        for path in sorted((folder / "articles").glob("*/*.md")):
            article = _article(path)
            if articles.setdefault(article.id, article) is not article:
                raise _bad(path, "", f"a second article is called {article.id!r}")
        items: dict[str, Item] = {}
        for path in sorted((folder / "qa").glob("*.jsonl")):
            for number, item in _lines(path, Item):
                if items.setdefault(item.id, item) is not item:
                    raise _bad(path, f"line {number}", f"a second item is called {item.id!r}")
        return cls(articles, items, sources, dict(_also(folder, items)))

    @cached_property
    def counterparts(self) -> dict[str, str]:
        """Both ways, though one of the two may name the other alone."""
        pairs: dict[str, str] = {}
        for piece in self.pieces():
            if piece.counterpart:
                pairs.setdefault(piece.id, piece.counterpart)
                pairs.setdefault(piece.counterpart, piece.id)
        return pairs

    def pieces(self) -> Iterator[Article | Item]:
        yield from self.articles.values()
        yield from self.items.values()

    def cited(self, ids: list[str]) -> Iterator[Source]:
        return (self.sources[name] for name in ids)


def _also(folder: Path, items: Mapping[str, Item]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for path in sorted((folder / "wordings").glob("*.jsonl")):
        for number, also in _lines(path, _Also):
            if also.id not in items:
                raise _bad(path, f"line {number}", f"there is no item {also.id!r}")
            yield also.id, tuple(also.wordings)


def _lines(path: Path, shape: type[Shape]) -> Iterator[tuple[int, Shape]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            yield number, shape.model_validate_json(line)
        except ValidationError as error:
            raise _bad(path, f"line {number}", _first(error)) from None


def _article(path: Path) -> Article:
    found = _HEAD.fullmatch(path.read_text("utf-8"))
    if found is None:
        raise _bad(path, "", "it does not begin with a head between two lines of ---")
    try:
        head = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        raise _bad(path, "head", str(error).splitlines()[0]) from None
    article = _shaped(Article, {**head, "text": found[2]}, path, "head")
    if path.stem != article.id or path.parent.name != article.topic:
        raise _bad(path, "head", "its id is not the file's name, or its topic not the folder's")
    return article


def _shaped(shape: type[Shape], given: Any, path: Path, where: str) -> Shape:
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        raise _bad(path, where, _first(error)) from None


def _first(error: ValidationError) -> str:
    one = error.errors()[0]
    return f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}"


def _bad(path: Path, where: str, what: str) -> BadCorpus:
    place = f"{path.parent.name}/{path.name}" + (f", {where}" if where else "")
    return BadCorpus(f"{place}: {what}.", "Mend it, then `prentice knowledge validate`.")
