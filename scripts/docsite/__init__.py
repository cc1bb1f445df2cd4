"""The documentation site: what ``scripts/docs`` builds, from ``docs/``, the OpenAPI document and the code."""
