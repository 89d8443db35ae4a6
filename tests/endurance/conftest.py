from tests.store.databases import postgres

__all__ = ["postgres"]
