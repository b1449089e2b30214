"""Battle plans 作战方案 of listed places, version by version, and lists drawn by rule from a snapshot."""
