"""
`oots bench`: the published benchmarks.  Each measures beside what it compares with, in the same run.
"""
