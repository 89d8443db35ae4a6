"""
How findings and rules are shown: as text, JSON and JUnit.
"""
