# The service without PostgreSQL, Redis and S3, which ops/README.md says how to bring.
#   docker build -t incident-sla-tracker .
# Pin the base by digest for a build that can be repeated bit by bit:
#   --build-arg PYTHON=3.11-slim-bookworm@sha256:…
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYC_INVALIDATION_MODE=UNCHECKED_HASH \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /src

# Installer, build backend and Node, all by hash.
COPY requirements-build.lock ./
RUN pip install --require-hashes --requirement requirements-build.lock

COPY requirements.lock ./
COPY ops/artefact.sh ops/not-in-the-image.txt ops/
RUN ops/artefact.sh environment /opt/tracker

# Not `npm ci`: it insists on packages for other systems, which not every registry has.
COPY package.json package-lock.json ./
RUN npm install --no-save --no-audit --no-fund --no-update-notifier --loglevel=error

COPY . .
RUN npm run build -- --logLevel warn \
    && ops/artefact.sh wheel /dist \
    && VIRTUAL_ENV=/opt/tracker uv pip install --no-deps --compile-bytecode /dist/*.whl

FROM python:${PYTHON}
# As process 1, Python would not hear a signal to stop before it has set up handlers.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini=0.19.0-* \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin tracker \
    && install --directory --owner=10001 --mode=0700 /var/lib/tracker
COPY --from=build /opt/tracker /opt/tracker
ENV HOST=0.0.0.0 \
    PATH=/opt/tracker/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    TRACKER_DATA_DIR=/var/lib/tracker
# Kubernetes wants the number, to see that it is not root's.
USER 10001
WORKDIR /var/lib/tracker
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 8000}/health/live\", timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["tracker", "web"]
