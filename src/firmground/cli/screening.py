"""`firmground screen` and `firmground explain`: from a snapshot to findings, and from a finding to plain words."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from firmground.common.home import CATALOGUE
from firmground.engines.standards.catalogue import Catalogue, load
from firmground.engines.standards.findings import evidence_text

catalogue_option = click.option(
    "--catalogue",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="FIRMGROUND_CATALOGUE",
    default=CATALOGUE,
    show_default="the one Firmground comes with",
    help="Folder of facts, parameters and standards.",
)
snapshot_argument = click.argument("snapshot", type=click.Path(path_type=Path))


@contextmanager
def progress_bar(label: str, shown: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar with the time left, for work that tells (done, total)."""
    if not shown:
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def move(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield move


@click.command()
@snapshot_argument
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the findings; counties already screened there are kept.",
)
@catalogue_option
@click.option(
    "--engine",
    type=click.Choice(["compiled", "duckdb", "reference"]),
    help="All find the same; by default the one that costs least. 'reference' is the plain judge, which is slow.",
)
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="An earlier screening: counties that did not change are taken over from it.",
)
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count(), help="At once; all processors by default.")
@click.option("--json", "as_json", is_flag=True, help="Print the totals for machines.")
def screen(
    snapshot: Path, target: Path, catalogue: Path, engine: str | None, since: Path | None, workers: int, as_json: bool
) -> None:
    """Ask every standard of every subject in SNAPSHOT, and write the findings to a folder.

    Can be stopped and started again: finished counties are not screened twice.
    """
    from firmground.engines.snapshot import counties_of
    from firmground.engines.standards.screening import screen as run_screening

    with progress_bar("Screening", shown=not as_json) as progress:
        screening = run_screening(
            snapshot, load(catalogue), target, engine=engine, progress=progress, since=since, workers=workers
        )
    if as_json:
        said = {key: value for key, value in asdict(screening).items() if key != "folder"}
        click.echo(json.dumps(said, indent=1, default=str, ensure_ascii=False))
        return
    click.echo(f"{'standard':<44}{'asked':>12}{'falls short':>13}{'share':>9}{'unknown':>12}")
    for total in screening.totals:
        share = "" if total.share_failing is None else f"{total.share_failing:.2%}"
        held = "  held" if total.standard in screening.held else ""
        click.echo(f"{total.standard:<44}{total.asked:>12,}{total.not_met:>13,}{share:>9}{total.unknown:>12,}{held}")
    for standard, why in screening.held.items():
        click.echo(f"held     {standard}: {why}. A person releases it: firmground findings release {standard}")
    click.echo(
        f"{len(counties_of(screening.counties))} counties as of {screening.as_of}; of {len(screening.counties)} parts"
        f" of the snapshot {screening.screened_again} screened now; findings in {screening.folder}."
    )


@click.command()
@snapshot_argument
@click.argument("subject")
@catalogue_option
@click.option("--about", default="household", show_default=True, help="The table the subject is in.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Also the standards that are met or not asked.")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def explain(
    snapshot: Path, subject: str, catalogue: Path, about: str, language: str, everything: bool, as_json: bool
) -> None:
    """Say in plain words which standards the household (or other) SUBJECT falls short of, by which numbers and law."""
    from firmground.engines.standards.explain import explain as run

    declared: Catalogue = load(catalogue)
    explanations = run(snapshot, declared, subject, language=language, about=about)
    if not everything:
        explanations = [e for e in explanations if e.verdict in ("not_met", "unknown")]
    if as_json:
        told = [
            {
                "standard": e.standard,
                "verdict": e.verdict,
                "heading": e.heading,
                "sentences": e.sentences,
                "evidence": json.loads(evidence_text(e.evidence)),
            }
            for e in explanations
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for explanation in explanations:
        click.echo(click.style(explanation.heading, bold=True))
        for sentence in explanation.sentences:
            click.echo(f"  {sentence}")
    if not explanations:
        click.echo(f"{about} {subject} meets every standard that is asked of it.")
