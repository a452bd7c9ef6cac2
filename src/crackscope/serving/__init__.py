"""The service: a REST API, a history of inspections, and pages to use them."""
