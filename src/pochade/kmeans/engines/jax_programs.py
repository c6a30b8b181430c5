"""What JAX compiles: assignment, sums and the whole loop, over blocks of one fixed shape.

Up to `DIFFERENCES` dimensions a loop over the centres keeps each point's least sum of squared
differences, so that no table of distances exists. Beyond, tiles of centres are multiplied with the
block, the two nearest are kept, and these are measured again as plain differences.

This module never imports JAX: it is handed the module.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

DIFFERENCES = 16
"""Up to so many dimensions distances are taken as differences."""

# Rows of a block and centres of a tile: a processor's cache, or enough to keep a card busy.
_ROWS = {False: {"cpu": 1 << 14}, True: {"cpu": 1 << 12}}
_ROWS_ELSEWHERE = {False: 1 << 18, True: 1 << 16}
_TILE = {"cpu": 256}
_TILE_ELSEWHERE = 2048
# A sum of 2^16 whole numbers below 2^46 fits 63 bits.
_WHOLE_BITS = 46


class Nearest(NamedTuple):
    """The two nearest centres so far: values that order them, and indices, all (b,)."""

    value: Any
    index: Any
    value_2: Any
    index_2: Any


class Programs:
    """The compiled programs for one device, for few or for many dimensions.

    Args:
        jax: the module.
        platform: the device's.
        products: whether distances are products.
        block: rows of a block; 0 for what suits the platform.
        precision: one of `choice.PRECISIONS`, of the products.
        whole: add whole numbers, whose sum does not depend on order; None: everywhere but on a
            processor, which adds in order anyway.
    """

    def __init__(
        self,
        jax: Any,
        platform: str,
        *,
        products: bool,
        block: int,
        precision: str,
        whole: bool | None = None,
    ) -> None:
        self.compiled: Counter[tuple[str, int, int]] = Counter()
        self.block = block or _ROWS[products].get(platform, _ROWS_ELSEWHERE[products])
        self._jax, self._jnp, self._lax = jax, jax.numpy, jax.lax
        self._platform = platform
        self._products = products
        self._precision = precision
        self._tile = _TILE.get(platform, _TILE_ELSEWHERE)
        self._whole = platform != "cpu" if whole is None else whole
        self.step = jax.jit(self._step)
        self.assign = jax.jit(self._assign)
        self.fit = jax.jit(self._fit)

    def _step(self, points: Any, weights: Any, centers: Any, k: Any) -> tuple[Any, Any, Any]:
        """Sums (rows, d), counts (rows,) and inertia of one block, float64."""
        self._count("step", centers)
        return self._block(points, weights, centers, k)

    def _assign(self, points: Any, weights: Any, centers: Any, k: Any) -> tuple[Any, Any]:
        """Labels (b,) int32 and inertia, float64, of one block."""
        self._count("assign", centers)
        labels, square = self._nearest(points, centers, k)
        return labels, self._weighed(square, weights)

    def _fit(
        self,
        points: Any,
        weights: Any,
        blocks: Any,
        centers: Any,
        k: Any,
        max_iter: Any,
        shift_limit: Any,
        unit: Any,
    ) -> tuple[Any, ...]:
        """The loop of `Held.iterate` over the first `blocks` of points (any, b, d)."""
        self._count("fit", centers)
        jnp, lax = self._jnp, self._lax
        real = jnp.arange(len(centers)) < k

        def whole(at: Any) -> tuple[Any, Any, Any]:
            def add(index: Any, total: Any) -> Any:
                part = self._block(points[index], weights[index], at.astype(jnp.float32), k)
                return tuple(a + b for a, b in zip(total, part, strict=True))

            none = jnp.zeros(at.shape), jnp.zeros(len(at)), jnp.zeros(())
            return lax.fori_loop(0, blocks, add, none)  # type: ignore[no-any-return]

        def full(counts: Any) -> Any:
            return ((counts > 0) | ~real).all()

        def going(state: Any) -> Any:
            _, (_, counts, _), n_iter, converged = state
            return (n_iter < max_iter) & ~converged & full(counts)

        def turn(state: Any) -> Any:
            at, (sums, counts, _), n_iter, _ = state
            moved = sums / jnp.where(counts > 0, counts, 1)[:, None]
            length = jnp.sqrt((moved * moved).sum(axis=1, keepdims=True))
            scaled = jnp.where(length > 0, moved / jnp.where(length > 0, length, 1), at)
            moved = jnp.where(real[:, None], jnp.where(unit, scaled, moved), at)
            shift = ((moved - at) ** 2).sum()
            found = whole(moved)
            return moved, found, n_iter + 1, (shift <= shift_limit) & full(found[1])

        start = centers, whole(centers), jnp.int32(0), jnp.bool_(False)
        at, found, n_iter, converged = lax.while_loop(going, turn, start)
        return at, *found, n_iter, converged

    def _count(self, name: str, centers: Any) -> None:
        """Runs while a program is traced, which happens once for each that is compiled."""
        self.compiled[name, *centers.shape] += 1

    def _block(self, points: Any, weights: Any, centers: Any, k: Any) -> tuple[Any, Any, Any]:
        labels, square = self._nearest(points, centers, k)
        sums, counts = self._sums(points, weights, labels, len(centers))
        return sums, counts, self._weighed(square, weights)

    def _weighed(self, square: Any, weights: Any) -> Any:
        wide = self._jnp.float64
        return (square.astype(wide) * weights.astype(wide)).sum()

    def _nearest(self, points: Any, centers: Any, k: Any) -> tuple[Any, Any]:
        """The label (b,) int32 and squared distance (b,) float32 of each point."""
        jnp = self._jnp
        if not self._products:
            best = self._by_difference(points, centers, k)
            return best.index, best.value
        best = self._by_product(points, centers, k)
        one = ((points - centers[best.index]) ** 2).sum(axis=1)
        if self._precision != "float32":
            return best.index, one
        two = ((points - centers[best.index_2]) ** 2).sum(axis=1)
        two = jnp.where(jnp.isfinite(best.value_2), two, jnp.inf)
        other = (two < one) | ((two == one) & (best.index_2 < best.index))
        return jnp.where(other, best.index_2, best.index), jnp.where(other, two, one)

    def _start(self, points: Any) -> Nearest:
        jnp = self._jnp
        far = jnp.full(len(points), jnp.inf, jnp.float32)
        none = jnp.zeros(len(points), jnp.int32)
        return Nearest(far, none, far, none)

    def _seen(self, best: Nearest, value: Any, index: Any) -> Nearest:
        """The two nearest after one more centre; the earlier one on ties."""
        where = self._jnp.where
        first, second = value < best.value, value < best.value_2
        return Nearest(
            where(first, value, best.value),
            where(first, index, best.index),
            where(first, best.value, where(second, value, best.value_2)),
            where(first, best.index, where(second, index, best.index_2)),
        )

    def _by_difference(self, points: Any, centers: Any, k: Any) -> Nearest:
        columns = points.T
        where = self._jnp.where

        def look(index: Any, best: Nearest) -> Nearest:
            square = sum(
                (column - centers[index, place]) ** 2 for place, column in enumerate(columns)
            )
            first = square < best.value
            return best._replace(
                value=where(first, square, best.value), index=where(first, index, best.index)
            )

        return self._loop(0, k, look, self._start(points))

    def _by_product(self, points: Any, centers: Any, k: Any) -> Nearest:
        """Tiles of centres times the block; the centres' middle is taken away first."""
        jnp, lax = self._jnp, self._lax
        real = jnp.arange(len(centers))[:, None] < k
        origin = jnp.rint(jnp.where(real, centers, 0).sum(axis=0) / k).astype(jnp.float32)
        near, moved = points - origin, jnp.where(real, centers - origin, 0)
        half = jnp.where(real[:, 0], 0.5 * (moved * moved).sum(axis=1), jnp.inf)
        size = min(self._tile, len(centers))

        def tile(index: Any, best: Nearest) -> Nearest:
            # The last tile may reach back over rows that were seen before.
            base = jnp.minimum(index * size, len(centers) - size).astype(jnp.int32)
            fresh = index * size - base
            some = lax.dynamic_slice_in_dim(moved, base, size)
            halves = lax.dynamic_slice_in_dim(half, base, size)
            scores = halves[:, None] - self._product(some, near.T)
            return self._look_through(scores, base, fresh, jnp.minimum(size, k - base), best)

        return self._loop(0, (k + size - 1) // size, tile, self._start(points))

    def _look_through(
        self, scores: Any, base: Any, fresh: Any, used: Any, best: Nearest
    ) -> Nearest:
        """The two nearest after rows `fresh` to `used` of (tile, b) scores; row 0 is `base`'s."""
        jnp = self._jnp
        if self._platform == "cpu":
            # A processor finds the least of columns row by row, many points at once.
            return self._loop(
                fresh, used, lambda row, so_far: self._seen(so_far, scores[row], base + row), best
            )
        rows = jnp.arange(len(scores))[:, None]
        scores = jnp.where((rows >= fresh) & (rows < used), scores, jnp.inf)
        first = scores.argmin(axis=0)
        best = self._seen(best, scores.min(axis=0), base + first.astype(jnp.int32))
        rest = jnp.where(rows == first, jnp.inf, scores)
        return self._seen(best, rest.min(axis=0), base + rest.argmin(axis=0).astype(jnp.int32))

    def _loop(self, start: Any, end: Any, body: Any, first: Nearest) -> Nearest:
        int32 = self._jnp.int32
        found: Nearest = self._lax.fori_loop(int32(start), int32(end), body, first)
        return found

    def _product(self, one: Any, other: Any) -> Any:
        """The float32 product of matrices whose numbers are rounded as the precision says."""
        jnp, lax = self._jnp, self._lax
        if self._precision == "bf16":
            narrow = one.astype(jnp.bfloat16), other.astype(jnp.bfloat16)
            return jnp.matmul(*narrow, preferred_element_type=jnp.float32)
        precision = lax.Precision.HIGHEST
        if self._precision == "tf32":
            one, other = self._tf32(one), self._tf32(other)
            if self._platform in ("gpu", "cuda"):
                precision = lax.DotAlgorithmPreset.TF32_TF32_F32
        return jnp.matmul(one, other, precision=precision)

    def _tf32(self, values: Any) -> Any:
        """Round float32 to 10 bits after the point, halves away from zero."""
        jnp, lax = self._jnp, self._lax
        bits = lax.bitcast_convert_type(values, jnp.int32)
        return lax.bitcast_convert_type((bits + 0x1000) & ~0x1FFF, jnp.float32)

    def _sums(self, points: Any, weights: Any, labels: Any, rows: int) -> tuple[Any, Any]:
        """The weighted sum (rows, d) and the weight (rows,) of each label, float64."""
        jnp = self._jnp
        wide = weights.astype(jnp.float64)
        table = jnp.concatenate([points.astype(jnp.float64) * wide[:, None], wide[:, None]], axis=1)
        scale = jnp.ones(table.shape[1])
        if self._whole:
            largest = jnp.abs(table).max(axis=0)
            _, exponent = jnp.frexp(jnp.where(largest > 0, largest, 1))
            scale = jnp.ldexp(scale, _WHOLE_BITS - exponent)
            table = jnp.rint(table * scale).astype(jnp.int64)
        total = self._jax.ops.segment_sum(table, labels, num_segments=rows)
        total = total.astype(jnp.float64) / scale
        return total[:, :-1], total[:, -1]
