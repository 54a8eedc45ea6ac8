"""Builds the wheel, with nothing but the standard library: what `pip install ./python` calls (PEP 517).

    python3 build_wheel.py OUT        writes the wheel into the folder OUT and prints its name

The same sources give the same bytes: files are sorted and dated 1980.
"""

import base64
import hashlib
import pathlib
import re
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE / "src"


def _project():
    """The few lines of pyproject.toml that are wanted: Python 3.9 has no reader of TOML."""
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    wanted = ("name", "version", "description", "requires-python")
    return {name: re.findall(r'^%s = "(.*)"$' % name, text, re.M)[0] for name in wanted}


def _info(project):
    stem = "%s-%s" % (project["name"].replace("-", "_"), project["version"])
    metadata = [
        "Metadata-Version: 2.1",
        "Name: " + project["name"],
        "Version: " + project["version"],
        "Summary: " + project["description"],
        "License: Apache-2.0",
        "Requires-Python: " + project["requires-python"],
        "Classifier: Typing :: Typed",
        "Description-Content-Type: text/markdown",
        "",
        (HERE / "README.md").read_text(encoding="utf-8"),
    ]
    wheel = ["Wheel-Version: 1.0", "Generator: build_wheel.py", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
    return stem, {"METADATA": "\n".join(metadata), "WHEEL": "\n".join(wheel)}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    stem, info = _info(_project())
    files = {
        path.relative_to(SOURCES).as_posix(): path.read_bytes()
        for path in sorted(SOURCES.rglob("*"))
        if path.suffix in (".py", ".typed")
    }
    files.update({"%s.dist-info/%s" % (stem, name): text.encode() for name, text in info.items()})
    record = ["%s,sha256=%s,%d" % (path, _digest(data), len(data)) for path, data in files.items()]
    record_path = "%s.dist-info/RECORD" % stem
    files[record_path] = "\n".join([*record, record_path + ",,", ""]).encode()
    return _written(pathlib.Path(wheel_directory), "%s-py3-none-any.whl" % stem, files)


def _written(folder, name, files):
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            wheel.writestr(entry, data)
    return name


def _digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    print(build_wheel(sys.argv[1]))
