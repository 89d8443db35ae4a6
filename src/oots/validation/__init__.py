"""Checks of documents, headers and pairs of documents, each giving `findings`.  Nothing is refused here."""
