"""Every engine that pochade knows, one after the other.

An engine that is not installed is skipped, with the reason. Those named in POCHADE_TEST_ENGINES
(comma-separated) must be there: CI sets it, so that it cannot pass by skipping.
"""

import os

import pytest

# scikit-learn's OpenMP threads spin while they wait; on a busy machine that is most of the time.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from pochade.errors import EngineUnavailableError
from pochade.kmeans.engines.protocol import Engine
from pochade.kmeans.engines.registry import ENGINE_NAMES, get_engine


@pytest.fixture(params=ENGINE_NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    name = request.param
    required = [part.strip() for part in os.environ.get("POCHADE_TEST_ENGINES", "").split(",")]
    try:
        return get_engine(name)
    except EngineUnavailableError as error:
        if name in required:
            pytest.fail(f"POCHADE_TEST_ENGINES names {name}: {error}")
        pytest.skip(str(error))


@pytest.fixture
def name(engine: Engine) -> str:
    return engine.describe().name
