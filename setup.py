"""Build the optional keccak kernel; without a compiler the pure path serves."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "zerog.crypto._keccak",
            sources=["zerog/crypto/_keccak.c"],
            depends=["zerog/crypto/_keccak_lanes.h"],
            extra_compile_args=["-O3"],
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            py_limited_api=True,
            optional=True,
        )
    ],
)
