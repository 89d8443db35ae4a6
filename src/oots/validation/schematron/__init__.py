"""
Schematron: rule files compiled to XSLT 3, and run by Saxon, in this process or in others that can be killed.

What the rules say stands in `schemas/schematron`.  Nothing here knows one.
"""
