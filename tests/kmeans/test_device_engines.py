"""Engines of devices beyond the conformance suite: devices, blocks, precision, memory."""

import os
import subprocess
import sys

import numpy as np
import pytest

from pochade.errors import (
    CancelledError,
    DeviceMemoryError,
    EngineUnavailableError,
    LimitError,
    UsageError,
)
from pochade.kmeans import choose_engine, get_engine, kmeans
from pochade.kmeans.driver import open_session
from pochade.kmeans.engines import registry
from pochade.kmeans.engines.automatic import suggest
from pochade.kmeans.engines.choice import EngineChoice, parse_choice
from pochade.kmeans.engines.protocol import Held
from pochade.kmeans.engines.reference import ReferenceEngine, squared_distances
from pochade.kmeans.engines.torch_products import tf32

REFERENCE = ReferenceEngine()
DEVICE_ENGINES = ("jax", "torch", "opencl")
LOOPS = ("jax", "torch")


def open_engine(name):
    """The engine, or a skip; CI forbids the skip in tests/conformance."""
    try:
        return get_engine(name)
    except EngineUnavailableError as error:
        pytest.skip(str(error))


def cloud(n, d, seed=0):
    random = np.random.default_rng(seed)
    clumps = random.normal(0, 40, (25, d))
    return (clumps[random.integers(0, 25, n)] + random.normal(0, 9, (n, d))).astype(np.float32)


class TestChoice:
    def test_parts(self):
        assert parse_choice("native") == EngineChoice("native")
        assert parse_choice("torch:cuda:1") == EngineChoice("torch", "cuda:1")
        assert parse_choice("jax,precision=bf16,block=7") == EngineChoice("jax", "", 7, "bf16")

    @pytest.mark.parametrize(
        "text",
        [
            "torch,block=0",
            "torch,block=-1",
            "torch,block=many",
            "torch,block=99999999999",
            "torch,block=1,block=2",
            "torch,precision=float8",
            "torch,speed=7",
            "torch,",
        ],
    )
    def test_nonsense(self, text):
        with pytest.raises(UsageError) as caught:
            parse_choice(text)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        "text", ["native:cpu", "reference,block=9", "sklearn:gpu", "native,precision=tf32"]
    )
    def test_settings_that_an_engine_does_not_have(self, text):
        name = text.replace(",", ":").partition(":")[0]
        open_engine(name)
        with pytest.raises(UsageError, match=f"{name}.* takes no "):
            get_engine(text)

    @pytest.mark.parametrize("name", DEVICE_ENGINES)
    def test_devices(self, name):
        open_engine(name)
        found = registry.devices_of(name)
        assert any(short.startswith("cpu") for short in found)
        for short in found:
            record = get_engine(f"{name}:{short}").describe()
            assert record.device
            assert record.name == name
        with pytest.raises(EngineUnavailableError, match=r"finds no device 'abacus'.*there is "):
            get_engine(f"{name}:abacus")

    def test_an_absent_card_is_one_line_and_exit_code_2(self):
        open_engine("torch")
        if any(short.startswith("cuda") for short in registry.devices_of("torch")):
            pytest.skip("there is a card")
        with pytest.raises(EngineUnavailableError) as caught:
            kmeans(cloud(50, 3), 2, engine="torch:cuda")
        assert caught.value.exit_code == 2
        assert "\n" not in str(caught.value)


class TestAuto:
    def test_colours_stay_on_the_processor(self):
        for n, k in ((1000, 2), (500_000, 256), (16_000_000, 256)):
            assert suggest(n, k, 3)[0].engine == "native"

    def test_large_problems_ask_for_a_card_first(self):
        names = [one.engine for one in suggest(10_000_000, 12_000, 256)]
        assert names == [
            "torch:cuda",
            "jax:gpu",
            "torch:cpu",
            "jax:cpu",
            "native",
            "sklearn",
            "reference",
        ]

    def test_many_dimensions_and_centres_are_products(self):
        assert suggest(20_000, 1024, 256)[0].engine == "torch:cpu"
        assert suggest(1_000, 1024, 256)[0].engine == "native"
        assert suggest(1_000_000, 16, 256)[0].engine == "native"

    def test_without_a_card_the_next_is_taken_and_named(self):
        open_engine("torch")
        engine, reason = choose_engine(n=10_000_000, k=12_000, d=256)
        record = engine.describe()
        if record.device == "cpu":
            assert record.name == "torch"
            assert reason == "matrix products are fastest for 12,000 centres in 256 dimensions"


class TestJaxPrograms:
    def test_ten_sizes_are_one_compilation(self):
        open_engine("jax")
        engine = sys.modules["pochade.kmeans.engines.jax"].JaxEngine(EngineChoice("jax"))
        for number in range(10):
            points = cloud(1000 + 7919 * number, 3, seed=number)
            start = points[:17].astype(np.float64)
            session = open_session(engine, points, None, threads=1)
            session.lloyd(start, max_iter=3, tol=1e-4, observe=None)
            session.step(start)
            session.assign(start)
        rows = 24  # for 17 centres
        assert dict(engine.compiled) == {
            ("fit", rows, 3): 1,
            ("step", rows, 3): 1,
            ("assign", rows, 3): 1,
        }

    def test_more_points_than_are_held_take_the_same_steps(self, monkeypatch):
        open_engine("jax")
        module = sys.modules["pochade.kmeans.engines.jax_points"]
        points = cloud(70_000, 3)
        start = points[:9].astype(np.float64)
        held = get_engine("jax").open(points, None, threads=1)
        one = held.iterate(start, max_iter=4, shift_limit=0.0, unit=False)
        monkeypatch.setattr(module, "HELD_BYTES", 1000)
        other = get_engine("jax").open(points, None, threads=1)
        two = other.iterate(start, max_iter=4, shift_limit=0.0, unit=False)
        np.testing.assert_allclose(one.centers, two.centers, rtol=1e-12)
        assert (one.n_iter, one.converged) == (two.n_iter, two.converged) == (4, False)

    @pytest.mark.parametrize("tile", [16, 256])
    @pytest.mark.parametrize("k", [1, 5, 40, 100])
    def test_what_a_card_runs_gives_the_same(self, tile, k, monkeypatch):
        open_engine("jax")
        jax = sys.modules["pochade.kmeans.engines.jax"].library()
        from pochade.kmeans.engines import jax_programs

        monkeypatch.setattr(jax_programs, "_TILE_ELSEWHERE", tile)
        points, weights = cloud(900, 24), np.linspace(0, 3, 1024, dtype=np.float32)
        table = np.zeros((1024, 24), np.float32)
        table[:900] = points
        weights[900:] = 0
        rows = -(-k // 8) * 8 + 16
        centers = np.zeros((rows, 24), np.float32)
        centers[:k] = points[::9][:k]
        programs = jax_programs.Programs(jax, "tpu", products=True, block=1024, precision="float32")
        with jax.enable_x64(True):
            sums, counts, inertia = programs.step(table, weights, centers, np.int32(k))
        expected = REFERENCE.step(points, weights[:900], centers[:k].astype(float), threads=1)
        np.testing.assert_allclose(sums[:k], expected.sums, rtol=1e-10, atol=1e-9)
        np.testing.assert_allclose(counts[:k], expected.counts, rtol=1e-12)
        assert float(inertia) == pytest.approx(expected.inertia, rel=1e-5)
        assert not np.asarray(counts[k:]).any()


class TestTorchWays:
    @pytest.mark.parametrize("d", [3, 24])
    @pytest.mark.parametrize("k", [1, 7, 300])
    @pytest.mark.parametrize("wide", [True, False])
    def test_what_a_card_runs_gives_the_same(self, d, k, wide, monkeypatch):
        open_engine("torch")
        module = sys.modules["pochade.kmeans.engines.torch"]
        engine = module.TorchEngine(EngineChoice("torch", "cpu"))
        monkeypatch.setattr(engine, "_wide_products", 0)
        monkeypatch.setattr(engine, "_one_hot", module.ONE_HOT)
        monkeypatch.setattr(engine, "wide", wide)
        points, weights = cloud(900, d), np.linspace(0, 3, 900, dtype=np.float32)
        centers = points[:: 900 // k][:k].astype(np.float64)
        expected = REFERENCE.step(points, weights, centers, threads=1)
        session = open_session(engine, points, weights, threads=1)
        stats = session.step(centers)
        np.testing.assert_allclose(stats.sums, expected.sums, rtol=1e-10, atol=1e-9)
        assert stats.inertia == pytest.approx(expected.inertia, rel=1e-5)
        run = session.lloyd(centers, max_iter=3, tol=0.0, observe=None)
        plain = open_session(REFERENCE, points, weights, threads=1)
        other = plain.lloyd(centers, max_iter=3, tol=0.0, observe=None)
        np.testing.assert_allclose(run.centers, other.centers, rtol=1e-4, atol=1e-4)

    def test_threads_are_put_back(self):
        open_engine("torch")
        torch = sys.modules["pochade.kmeans.engines.torch"].library()
        before = torch.get_num_threads()
        get_engine("torch:cpu").assign(cloud(100, 3), np.zeros((1, 3)), threads=before + 1)
        assert torch.get_num_threads() == before


class TestBlocks:
    @pytest.mark.parametrize("name", DEVICE_ENGINES)
    @pytest.mark.parametrize("d", [3, 40])
    def test_any_block_gives_the_same_labels(self, name, d):
        open_engine(name)
        points = cloud(999, d)
        centers = points[::50].astype(np.float64)
        expected = REFERENCE.step(points, None, centers, threads=1)
        labels, _ = REFERENCE.assign(points, centers, threads=1)
        for block in (1, 64, 998, 5000):
            if block == 1 and d > 3:
                continue
            engine = get_engine(f"{name},block={block}")
            assert (engine.assign(points, centers, threads=1)[0] == labels).all()
            stats = engine.step(points, None, centers, threads=1)
            np.testing.assert_allclose(stats.sums, expected.sums, rtol=1e-12)
            assert stats.counts.tolist() == expected.counts.tolist()

    @pytest.mark.parametrize("name", LOOPS)
    def test_the_loop_can_be_cancelled(self, name):
        engine = open_engine(name)
        points = np.random.default_rng(0).uniform(0, 255, (20_000, 3)).astype(np.float32)
        asked = []

        def poll():
            asked.append(1)
            if len(asked) == 4:
                raise CancelledError("enough")

        held = engine.open(points, None, threads=1, poll=poll)
        assert isinstance(held, Held)
        start = points[:40].astype(np.float64)
        with pytest.raises(CancelledError):
            held.iterate(start, max_iter=300, shift_limit=0.0, unit=False)
        watched = engine.open(points, None, threads=1, poll=lambda: None)
        plain = engine.open(points, None, threads=1)
        one = watched.iterate(start, max_iter=40, shift_limit=0.0, unit=False)
        two = plain.iterate(start, max_iter=40, shift_limit=0.0, unit=False)
        assert one.centers.tobytes() == two.centers.tobytes()
        assert one.n_iter == two.n_iter == 40


class TestPrecision:
    @pytest.mark.parametrize("name", LOOPS)
    @pytest.mark.parametrize(("precision", "kept"), [("tf32", 0.99), ("bf16", 0.95)])
    def test_rounded_products_keep_most_labels(self, name, precision, kept):
        engine = open_engine(name)
        points = np.random.default_rng(3).normal(0, 1, (8000, 128)).astype(np.float32)
        centers = points[:800].astype(np.float64) * 0.3
        exact, _ = engine.assign(points, centers, threads=1)
        rounded = get_engine(f"{name},precision={precision}")
        labels, inertia = rounded.assign(points, centers, threads=1)
        same = (labels == exact).mean()
        assert kept < same < 1
        # The distances that are told are those of the labels, in float32 all the same.
        table = squared_distances(points, centers)
        assert inertia == pytest.approx(table[np.arange(8000), labels].sum(), rel=1e-5)
        assert inertia <= table.min(axis=1).sum() * 1.001

    def test_tf32_keeps_ten_bits(self):
        open_engine("torch")
        torch = sys.modules["pochade.kmeans.engines.torch"].library()
        values = torch.tensor([1 + 2**-10, 1 + 2**-11, 1 + 2**-12, -3.0, 0.0])
        rounded = tf32(torch, values)
        assert rounded.tolist() == [1 + 2**-10, 1 + 2**-10, 1, -3, 0]


class TestMemory:
    def test_torch(self, monkeypatch):
        open_engine("torch")
        module = sys.modules["pochade.kmeans.engines.torch"]
        engine = module.TorchEngine(EngineChoice("torch", "cpu", 4096))

        def full(*_):
            raise engine.torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

        monkeypatch.setattr(engine, "nearest", full)
        monkeypatch.setattr(engine, "_wide_products", 0)
        with pytest.raises(DeviceMemoryError, match=r"'torch:cpu,block=1024'") as caught:
            engine.step(cloud(9, 3), None, np.zeros((2, 3)), threads=1)
        check_memory_error(caught.value)

    def test_jax(self, monkeypatch):
        open_engine("jax")
        module = sys.modules["pochade.kmeans.engines.jax"]
        engine = module.JaxEngine(EngineChoice("jax", "cpu", 4096))

        def full(*_):
            raise module.library().errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

        monkeypatch.setattr(engine.programs(3), "step", full)
        with pytest.raises(DeviceMemoryError, match=r"'jax:cpu,block=1024'") as caught:
            engine.step(cloud(9, 3), None, np.zeros((2, 3)), threads=1)
        check_memory_error(caught.value)

    def test_opencl(self, monkeypatch):
        open_engine("opencl")
        module = sys.modules["pochade.kmeans.engines.opencl"]
        engine = module.OpenCLEngine(EngineChoice("opencl", "", 4096))
        cl = module.library()

        def full(*_):
            raise cl.MemoryError("clCreateBuffer failed: MEM_OBJECT_ALLOCATION_FAILURE")

        monkeypatch.setattr(engine, "_run", full)
        with pytest.raises(DeviceMemoryError, match=r"'opencl,block=1024'") as caught:
            engine.step(cloud(9, 3), None, np.zeros((2, 3)), threads=1)
        check_memory_error(caught.value)


def check_memory_error(error):
    assert error.exit_code == 3
    assert isinstance(error, LimitError)
    assert isinstance(error, MemoryError)
    assert "\n" not in str(error)


class TestMissing:
    @pytest.mark.parametrize(
        ("name", "library"), [("jax", "jax"), ("torch", "torch"), ("opencl", "pyopencl")]
    )
    def test_not_installed_is_one_line_with_the_extra(self, name, library):
        code = (
            "import sys, importlib.util\n"
            f"sys.modules[{library!r}] = None\n"
            "real = importlib.util.find_spec\n"
            f"importlib.util.find_spec = lambda n, *r: None if n == {library!r} else real(n, *r)\n"
            "from pochade.errors import EngineUnavailableError\n"
            "from pochade.kmeans import get_engine\n"
            "try:\n"
            f"    get_engine({name!r})\n"
            "except EngineUnavailableError as error:\n"
            "    print(error.exit_code, error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
        )
        assert done.stdout.startswith("2 the engine")
        assert f"pip install 'pochade[{name}]'" in done.stdout
        assert done.stdout.count("\n") == 1

    def test_opencl_without_a_driver(self, tmp_path):
        open_engine("opencl")
        code = (
            "from pochade.errors import EngineUnavailableError\n"
            "from pochade.kmeans import get_engine\n"
            "try:\n"
            "    get_engine('opencl')\n"
            "except EngineUnavailableError as error:\n"
            "    print(error.exit_code, error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"OCL_ICD_VENDORS": str(tmp_path)},
        )
        assert done.stdout.startswith("2 the engine 'opencl' finds no device")
        assert "pocl-opencl-icd" in done.stdout
