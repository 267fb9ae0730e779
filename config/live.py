"""Starts the live stream: `python -m config.live`, one small process for every open page."""

from config import environment

if __name__ == "__main__":
    environment.use_settings("live")
    import uvicorn

    found = environment.read()
    uvicorn.run(
        "config.asgi:application",
        host=found.host,
        port=found.live_port,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=2,  # open streams are ended; the browsers come back by themselves
    )
