#!/usr/bin/env python
"""Django's command line; starts the embedded servers when no others are named."""

import os
import sys

# These look at files only; starting a database for them would be a waste.
WITHOUT_SERVICES = {
    "collectstatic", "compilemessages", "djade", "help", "makemessages", "prove", "version",
}  # fmt: skip


def main() -> int:
    """Run one command; what is wrong with the environment is one line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["migrate"]:
        os.environ.setdefault("TSUNAGU_ROLE", "migration")
    from config import embedded, environment

    try:
        env = environment.read()
        if len(sys.argv) > 1 and sys.argv[1] not in WITHOUT_SERVICES:
            embedded.ensure(env.var, postgres=env.embedded_postgres, redis=env.embedded_redis)
    except (embedded.EmbeddedError, environment.ConfigurationError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
