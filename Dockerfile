# One image for every process; docker-compose.yml says which.
FROM python:3.13-slim-bookworm AS packages
WORKDIR /build
COPY requirements.lock .
# From the hashed lock and from wheels alone: no compiler in the image, nothing unpinned.
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements.lock

FROM python:3.13-slim-bookworm
# Pango and a Japanese font for the printed evidence.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 tsunagu \
 && install -d -o tsunagu -g tsunagu /srv/tsunagu /srv/tsunagu/media /srv/tsunagu/mail
COPY --from=packages /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONUTF8=1 TSUNAGU_VAR=/srv/tsunagu \
    DJANGO_SETTINGS_MODULE=config.settings
WORKDIR /app
COPY . .
# Only for this step: collectstatic reads the settings, which refuse to be half configured.
RUN TSUNAGU_MODE=production SECRET_KEY=build ALLOWED_HOSTS=build REDIS_URL=redis://build \
    DATABASE_URL=postgresql://build/build python manage.py collectstatic --noinput
USER tsunagu
EXPOSE 8000 8001
CMD ["gunicorn", "--config", "config/gunicorn_conf.py", "config.wsgi"]
