"""What tests share: fixtures and words."""
