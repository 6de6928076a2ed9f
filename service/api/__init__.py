"""The HTTP edge: the API of the pages, live changes, and the built pages themselves."""
