"""`make load`: start the local servers, then load.

python -m config.load.local TICKETS
"""

import sys


def main(tickets: str) -> int:
    """As the other commands of the Makefile: an error is one line."""
    from config import embedded, environment, first_start

    code = first_start.main([])
    if code:
        return code
    found = environment.read()
    embedded.ensure(found.var, postgres=found.embedded_postgres, redis=found.embedded_redis)
    from django.core.management import call_command
    from django.core.management.base import CommandError

    try:
        call_command("load_desk", tickets=int(tickets))
    except (CommandError, ValueError) as error:
        print(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
