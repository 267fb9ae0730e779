"""The web server: two processes of a few threads, on the port that the environment names."""

from config import environment

_found = environment.read()
bind = f"{_found.host}:{_found.port}"
workers = 2
worker_class = "gthread"
threads = 4
preload_app = False  # each process makes its own database pool
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm" if environment.shared_memory() else None  # noqa: S108
loglevel = "warning"
control_socket_disable = True
