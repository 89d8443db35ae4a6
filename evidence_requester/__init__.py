"""
The evidence requester: asks for a person's document abroad, and hands it to the procedure.  Pages come later.
"""
