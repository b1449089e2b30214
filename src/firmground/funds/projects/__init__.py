"""Projects 项目: proposed, published, argued, approved, planned, built, accepted, and what they brought."""
