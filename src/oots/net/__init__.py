"""
The only modules that open a connection: servers, clients, TLS.  What is said over it is decided elsewhere.
"""
