"""Exits 退出 of villages and counties: the formulas, the surveys behind them, and the procedures."""
