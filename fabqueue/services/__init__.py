"""Use cases: one module each, functions of (session, ...). They never commit, see no request and drive no machine."""
