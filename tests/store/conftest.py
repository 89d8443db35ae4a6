from tests.store.databases import database, new_url, postgres, quick_folder, url

__all__ = ["database", "new_url", "postgres", "quick_folder", "url"]
