"""
`multipart/related` in and out.  Nothing here knows SOAP, ebMS or security.
"""
