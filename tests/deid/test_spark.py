"""The same transform on Spark, through mapInArrow, gives the same rows as one process."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from prentice.deid.lookup import Prf
from prentice.deid.tokens import TokenBook, mint
from prentice.deid.transform import PERSONS_IN, PERSONS_OUT, Tokens, on_spark, persons

for package in ("pyspark", "pandas"):
    pytest.importorskip(
        package, reason="Spark is not among the requirements (560 MB): pip install pyspark pandas to run this"
    )
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none here"),
    pytest.mark.filterwarnings("ignore"),  # Spark's own
]
TODAY = date(2026, 10, 31)


def test_spark_gives_what_one_process_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspark.sql import SparkSession

    size = 500
    held = {
        "id": [f"patient {n}" for n in range(size)],
        "born": [f"{1930 + n % 90}-0{1 + n % 9}-1{n % 9}" for n in range(size)],
        "country": ["US" if n % 3 else "UK" for n in range(size)],
        "address_state": ["IL" if n % 2 else "Texas" for n in range(size)],
        "od_sphere": [-8 + n % 60 / 4 for n in range(size)],
        "has_prescription": [n % 5 > 0 for n in range(size)],
        "print": list(range(size)),
    }
    columns = [pa.array(held.get(field.name, [None] * size), field.type) for field in PERSONS_IN]
    batch = pa.RecordBatch.from_arrays(columns, schema=PERSONS_IN)
    key = os.urandom(32)
    lookups = Prf(key).of(batch.column("id"))
    tokens = Tokens(key, TokenBook.of(np.concatenate([lookups, mint(size), np.zeros_like(lookups)], axis=1)))
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
    try:
        frame = session.createDataFrame(pa.Table.from_batches([batch]))
        schema = session.createDataFrame(pa.Table.from_batches([], PERSONS_OUT)).schema
        made = frame.mapInArrow(on_spark(tokens, TODAY), schema).toArrow()
    finally:
        session.stop()
    one = pa.Table.from_batches([persons(batch, tokens.of(batch.column("id")), TODAY)])
    assert made.sort_by("person_id").to_pylist() == one.sort_by("person_id").to_pylist()
