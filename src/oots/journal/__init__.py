"""
What Article 17 of Regulation (EU) 2022/1463 wants remembered.  Where it is kept is decided by the services.
"""
