"""
The look that all pages share: style sheet, frame, icons, and the headers that guard them.  What they say is elsewhere.
"""
