"""The pages: a thin door. It reads through the rooms' queries and writes through their actions."""
