"""Builds the package without setuptools, which a new virtual environment of Python 3.12 lacks.

pip calls these functions (PEP 517) and installs the wheel, a ZIP archive of the sources.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Iterator, Tuple

HERE = Path(__file__).parent
VERSION = "1.0.0"
ABOUT = f"sockbroker-{VERSION}.dist-info"

METADATA = f"""\
Metadata-Version: 2.1
Name: sockbroker
Version: {VERSION}
Summary: A client of the sockbroker daemon, which owns the sockets of other processes
License: Apache-2.0
Requires-Python: >=3.9
"""

WHEEL = """\
Wheel-Version: 1.0
Generator: sockbroker
Root-Is-Purelib: true
Tag: py3-none-any
"""


def build_wheel(
    wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None
) -> str:
    """Writes the wheel into the directory and returns its name."""
    name = f"sockbroker-{VERSION}-py3-none-any.whl"
    record = ""
    with zipfile.ZipFile(Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in contents():
            wheel.writestr(path, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record += f"{path},sha256={digest.decode()},{len(content)}\n"
        wheel.writestr(f"{ABOUT}/RECORD", record + f"{ABOUT}/RECORD,,\n")
    return name


def contents() -> Iterator[Tuple[str, bytes]]:
    for file in sources():
        yield file, (HERE / file).read_bytes()
    yield f"{ABOUT}/METADATA", METADATA.encode()
    yield f"{ABOUT}/WHEEL", WHEEL.encode()


def sources() -> Iterator[str]:
    for file in sorted((HERE / "sockbroker").iterdir()):
        if file.suffix == ".py" or file.name == "py.typed":
            yield f"sockbroker/{file.name}"


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Writes an archive from which pip can build the wheel, and returns its name."""
    name = f"sockbroker-{VERSION}"
    with tarfile.open(Path(sdist_directory) / f"{name}.tar.gz", "w:gz") as archive:
        for file in [*sources(), "pyproject.toml", "build_wheel.py", "README.md"]:
            archive.add(HERE / file, f"{name}/{file}")
        about = tarfile.TarInfo(f"{name}/PKG-INFO")
        about.size = len(METADATA)
        archive.addfile(about, io.BytesIO(METADATA.encode()))
    return f"{name}.tar.gz"
