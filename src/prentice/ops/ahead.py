"""Work ahead: what comes next is made in a thread while the last is being used."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from queue import Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T], *, most: int, name: str) -> Generator[T]:
    """`items` in their order, up to `most` of them made before they are asked for.

    What fails in the making fails here, at its place. Where the reader stops early, so does the maker.

    >>> list(ahead(range(3), most=2, name="three"))
    [0, 1, 2]
    """
    queue: Queue[tuple[T] | BaseException | None] = Queue(maxsize=most)
    stop = Event()

    def make() -> None:
        try:
            for item in items:
                if stop.is_set():
                    return
                queue.put((item,))
            queue.put(None)
        except BaseException as failure:
            queue.put(failure)

    maker = Thread(target=make, name=name, daemon=True)
    maker.start()
    try:
        while (made := queue.get()) is not None:
            if isinstance(made, BaseException):
                raise made
            yield made[0]
    finally:
        stop.set()
        while maker.is_alive():  # let it past a full queue
            while not queue.empty():
                queue.get_nowait()
            maker.join(0.02)
