"""How much the process grows by 10,000 loaded flags, and by compiling all of them; prints JSON, in MB."""

import gc
import json
import subprocess
import sys
from pathlib import Path

from flagkit.engine import load

WRITE = "from benchmarks import workloads; from flagkit.engine import dump; print(dump(workloads.many()), end='')"


def resident() -> float:
    """Resident megabytes of this process."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def main() -> None:
    with subprocess.Popen([sys.executable, "-c", WRITE], stdout=subprocess.PIPE) as writer:
        load('{"key":"warm","schema":1}\n')
        before = resident()
        assert writer.stdout is not None
        found = load(writer.stdout.read().decode())
        loaded = resident()
    for key in found:
        found.flat(key)
    print(json.dumps({"loaded": loaded - before, "compiled": resident() - before}))


if __name__ == "__main__":
    main()
