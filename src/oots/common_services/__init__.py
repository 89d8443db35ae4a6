"""Questions to the Evidence Broker and the Data Service Directory, and their answers (TDD 3).  Nothing is sent here."""
