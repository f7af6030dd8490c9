"""HTTP of what is read across the apps."""
