"""Issues 问题 and orders 督办: found by somebody, answered by somebody else, verified by a third."""
