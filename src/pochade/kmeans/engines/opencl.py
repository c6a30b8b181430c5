"""The OpenCL engine."""

from __future__ import annotations

from typing import Any

from pochade.errors import EngineUnavailableError


def library() -> Any:
    """Return the module pyopencl.

    Raises:
        EngineUnavailableError: it is not installed.
    """
    try:
        import pyopencl
    except ImportError:
        raise EngineUnavailableError(
            "PyOpenCL is not installed; install it with `pip install 'pochade[opencl]'`."
        ) from None
    return pyopencl


def open_context(device: str = "") -> tuple[Any, Any]:
    """Return the module pyopencl and a context of one device, the fastest kind that there is.

    Raises:
        EngineUnavailableError: PyOpenCL is not installed, or there is no device.
    """
    cl = library()
    found = [one for platform in cl.get_platforms() for one in platform.get_devices()]
    gpus = [one for one in found if one.type & cl.device_type.GPU]
    if not found:
        raise EngineUnavailableError("there is no OpenCL device.")
    return cl, cl.Context([(gpus or found)[0]])
