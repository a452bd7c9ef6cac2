"""What the service answers, one module per kind of thing."""
