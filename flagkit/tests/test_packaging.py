"""What is installed is flagkit with its client, and it works beside xxhash alone."""

import fnmatch
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import xxhash

ROOT = Path(__file__).resolve().parent.parent.parent
ASK = """
import sys
sys.path.insert(0, sys.argv[1])
import flagkit
client = flagkit.Client.from_documents([])
assert client.boolean("unknown", "alice", True) is True
client.close()
outside = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print(flagkit.__file__, *sorted(name for name in outside if not name.startswith("_")))
"""


def packed(folder: Path) -> Path:
    """The packages that pyproject.toml installs, and xxhash, in a folder of their own."""
    find = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    for module in (ROOT / "flagkit").rglob("*.py"):
        package = ".".join(module.parent.relative_to(ROOT).parts)
        wanted, unwanted = (any(fnmatch.fnmatch(package, p) for p in find[key]) for key in ("include", "exclude"))
        if wanted and not unwanted:
            target = folder / module.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, target)
    shutil.copytree(Path(xxhash.__file__).parent, folder / "xxhash")
    return folder


def test_the_installed_client_works_beside_xxhash_alone(tmp_path: Path) -> None:
    folder = packed(tmp_path)
    assert (folder / "flagkit/testing/plugin.py").exists()
    assert not list(folder.rglob("tests"))
    command = [sys.executable, "-I", "-S", "-c", ASK, str(folder)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    place, *outside = done.stdout.split()
    assert place == str(folder / "flagkit/__init__.py")
    assert outside == ["flagkit", "xxhash"]
