"""`firmground forecast`: hold the forecast of the board against invented counties."""

import click

from firmground.engines.forecast import backtest


@click.group()
def forecast() -> None:
    """Forecasts of how many remain poor at a deadline."""


@forecast.command("backtest")
@click.option("--counties", default=200, show_default=True, type=click.IntRange(5, 5000), help="Invented counties.")
@click.option("--seed", default=52, show_default=True, help="Of the counties.")
def back_test(counties: int, seed: int) -> None:
    """Foretell invented counties from 32 to 4 weeks before their deadline, and print how often that was right."""
    invented = backtest.counties(counties, seed)
    click.echo(
        "| weeks before | within 50 % | 80 % | 95 % | width of 80 % | "
        + " | ".join(f"80 %: {pattern}" for pattern in backtest.PATTERNS)
        + " | missed | foretold | false alarms |"
    )
    click.echo("|" + "--:|" * (8 + len(backtest.PATTERNS)))
    for before in (32, 24, 16, 8, 4):
        told = backtest.held_against(before, invented)
        cells = [
            f"{before}", *(f"{share:.1%}" for share in told.within.values()), f"{told.width:.1%}",
            *(f"{share:.0%}" for share in told.by_pattern.values()),
            f"{told.missed}", f"{told.foretold / told.missed:.0%}" if told.missed else "–", f"{told.alarms}",
        ]  # fmt: skip
        click.echo(f"| {' | '.join(cells)} |")
