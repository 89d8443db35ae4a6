"""
What `oots doctor` looks at.  Each check gives a line and what to do; nothing here prints, and nothing is changed.
"""
