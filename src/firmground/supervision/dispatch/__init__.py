"""The dispatch sheet 调度表: what every county reports for a week, indicator by indicator, and its sums upward.

The indicators stand in `dispatch.toml` of the catalogue; what was published of 2020, in `dispatch_reference.toml`.
"""
