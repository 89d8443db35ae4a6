"""A directory of the common services: Evidence Broker and Data Service Directory; for demos, tests, member states."""
