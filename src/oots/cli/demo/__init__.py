"""
`oots demo`: two member states on this machine, and one exchange between them.  Only people and registers are invented.

The services are those of a real node; what is here makes their keys, starts them, asks for a document, and shows it.
"""
