"""Run the whole suite: python -m tools.suite.

The tests in a browser, which wait more than they compute, run beside all others. Both run to their
end, those of the second are told of after the first, and the exit status is 0 if all is well.
"""

import os
import shutil
import subprocess
import sys
from tempfile import TemporaryFile

PYTEST = (sys.executable, "-m", "pytest", "-rs")


def main() -> int:
    # Threads that wait for each other on shared cores take the time of those that work.
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    with TemporaryFile("w+", errors="replace") as told:
        # One cache of what failed last is enough.
        command = [*PYTEST, "-p", "no:cacheprovider", "-m", "browser"]
        with subprocess.Popen(
            command, env=environment, stdout=told, stderr=subprocess.STDOUT
        ) as browser:
            print("Tests without a browser; those in one run beside them and follow:", flush=True)
            others = subprocess.call([*PYTEST, "-m", "not browser"], env=environment)
            print("Tests in a browser:", flush=True)
        told.seek(0)
        shutil.copyfileobj(told, sys.stdout)
    return others or browser.returncode


if __name__ == "__main__":
    sys.exit(main())
