"""The exchange data model: evidence requests, responses and error responses as values.  Start with `model`."""
