"""Figures by place and week, the forecast to the deadline, the board and the briefs."""
