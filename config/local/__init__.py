"""Stand-ins for `make run` and the tests: a mail server and a carrier, both real servers."""
