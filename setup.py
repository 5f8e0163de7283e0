"""Build the optional native kernels; without a compiler the pure paths serve."""

from setuptools import Extension, setup


def kernel(name: str, *headers: str) -> Extension:
    """One C extension of zerog.crypto, for every Python from 3.11 on."""
    return Extension(
        f"zerog.crypto.{name}",
        sources=[f"zerog/crypto/{name}.c"],
        depends=[f"zerog/crypto/{header}.h" for header in headers],
        extra_compile_args=["-O3"],
        define_macros=[("Py_LIMITED_API", "0x030B0000")],
        py_limited_api=True,
        optional=True,
    )


setup(
    ext_modules=[
        kernel("_keccak", "_keccak_lanes"),
        kernel("_zoda", "_sha256", "_gf16", "_rows", "_trees"),
    ]
)
