"""A service so small that its schema is all there is: three releases, for the tests of migrations."""
