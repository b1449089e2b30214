"""`firmground forecast`: hold the forecast of the board against invented counties."""

import click

from firmground.engines.forecast import backtest


@click.group()
def forecast() -> None:
    """Forecasts of how many remain poor at a deadline."""


@forecast.command("backtest")
@click.option("--counties", default=200, show_default=True, type=click.IntRange(10, 5000), help="Invented counties.")
@click.option("--seed", default=52, show_default=True, help="Of the counties.")
@click.option("--other", is_flag=True, help="Other patterns: those on which nothing of the model was chosen.")
@click.option("--each", default=1, show_default=True, type=click.IntRange(1), help="Sums of so many counties.")
def back_test(counties: int, seed: int, other: bool, each: int) -> None:
    """Foretell invented counties from 32 to 4 weeks before their deadline, and print how often that was right."""
    invented = backtest.counties(counties, seed, backtest.OTHER_PATTERNS if other else backtest.PATTERNS)
    asked = invented if each == 1 else backtest.provinces(invented, each)
    patterns = list(dict.fromkeys(county.pattern for county in asked))
    click.echo(
        "| weeks before | within 50 % | 80 % | 95 % | width of 80 % | "
        + " | ".join(f"80 %: {pattern}" for pattern in patterns)
        + " | missed | foretold | false alarms |"
    )
    click.echo("|" + "--:|" * (8 + len(patterns)))
    for before in (32, 24, 16, 8, 4):
        told = backtest.held_against(before, asked, backtest.known(before, invented))
        cells = [
            f"{before}", *(f"{share:.1%}" for share in told.within.values()), f"{told.width:.1%}",
            *(f"{told.by_pattern[pattern]:.0%}" for pattern in patterns),
            f"{told.missed}", f"{told.foretold / told.missed:.0%}" if told.missed else "–", f"{told.alarms}",
        ]  # fmt: skip
        click.echo(f"| {' | '.join(cells)} |")
