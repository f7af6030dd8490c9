# syntax=docker/dockerfile:1
# The web process, the dispatcher and migrations: Django, no machine learning.

FROM node:24-bookworm-slim AS page
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
RUN python -m venv /opt/anneal
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/images/__init__.py deploy/images/requirements.py deploy/images/
COPY requirements.txt ./
RUN python -m deploy.images.requirements --sections web data < requirements.txt > wanted.txt
RUN --mount=type=cache,target=/root/.cache/pip /opt/anneal/bin/pip install --disable-pip-version-check -r wanted.txt

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 anneal && useradd --uid 10001 --gid anneal --no-create-home --shell /usr/sbin/nologin anneal \
    && install -d -o anneal -g anneal /data
COPY --from=packages /opt/anneal /opt/anneal
WORKDIR /app
COPY manage.py ./
COPY platform/ platform/
COPY workers/__init__.py workers/confinement.py workers/
COPY workers/contract/ workers/contract/
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/local/__init__.py deploy/local/home.py deploy/local/roles.py deploy/local/
COPY --from=page /build/frontend/dist/ frontend/dist/
ENV PATH=/opt/anneal/bin:$PATH PYTHONPATH=/app/platform:/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=anneal.config.settings ANNEAL_DATA_DIR=/data WEB_HOST=0.0.0.0 WEB_PORT=8000 LOG_FORMAT=json
USER 10001:10001
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "anneal.config.serve"]
