from tests.store.databases import database, new_url, postgres, quick_folder, spare_databases, url

__all__ = ["database", "new_url", "postgres", "quick_folder", "spare_databases", "url"]
