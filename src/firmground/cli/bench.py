"""`firmground bench`: measure, with peers and the machine's bound in the same run."""

import subprocess
import sys
from pathlib import Path

import click

from firmground.common.errors import Refusal

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", required=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def bench(name: str | None, options: tuple[str, ...]) -> int:
    """Run the benchmark NAME with its own OPTIONS; without a name, say which there are.

    Each prints our time, a peer's on the same data, the scan or copy bound of this machine, and the ratios.
    """
    files = (path for path in sorted(BENCHMARKS.glob("*.py")) if not path.name.startswith("_"))
    known = {path.stem: path for path in files if "__main__" in path.read_text(encoding="utf-8")}
    if not known:
        raise Refusal("The benchmarks are not part of the installed package: run this from the repository.")
    if name is None:
        for stem, path in known.items():
            click.echo(f"{stem:<12}{path.read_text(encoding='utf-8').splitlines()[0].strip(chr(34))}")
        return 0
    if name not in known:
        raise Refusal(f"There is no benchmark '{name}'; there are {', '.join(known)}.")
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], cwd=BENCHMARKS.parent).returncode
