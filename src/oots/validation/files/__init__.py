"""
All that is done with files on the way to a verdict: telling what is in them, and holding it against rules and others.
"""
