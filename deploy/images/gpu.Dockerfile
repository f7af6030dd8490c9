# syntax=docker/dockerfile:1
# The worker that trains, a supervisor (Celery, Django's services) with its trainer child (PyTorch), and the background worker, whose
# previews run a child of the trainer's code. PyTorch's wheels bring their own CUDA libraries, so the base needs none. For a host without a GPU build with PyTorch's CPU index, which saves several gigabytes:
#   docker compose build --build-arg PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu gpu model-server

FROM python:3.11-slim-bookworm AS packages
ARG PIP_EXTRA_INDEX_URL=""
ENV PIP_EXTRA_INDEX_URL=$PIP_EXTRA_INDEX_URL
WORKDIR /build
RUN python -m venv /opt/anneal
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/images/__init__.py deploy/images/requirements.py deploy/images/
COPY requirements.txt ./
RUN python -m deploy.images.requirements --sections web "ML workers" data < requirements.txt > wanted.txt
RUN --mount=type=cache,target=/root/.cache/pip /opt/anneal/bin/pip install --disable-pip-version-check -r wanted.txt

FROM python:3.11-slim-bookworm
# libgomp is the OpenMP runtime that scikit-learn and PyTorch load.
RUN apt-get update -qq && apt-get install --yes -qq --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 anneal && useradd --uid 10001 --gid anneal --no-create-home --shell /usr/sbin/nologin anneal \
    && install -d -o anneal -g anneal /data
COPY --from=packages /opt/anneal /opt/anneal
WORKDIR /app
COPY platform/ platform/
COPY workers/ workers/
ENV PATH=/opt/anneal/bin:$PATH PYTHONPATH=/app/platform:/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=anneal.config.settings ANNEAL_DATA_DIR=/data LOG_FORMAT=json HOME=/tmp \
    OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1
USER 10001:10001
VOLUME /data
STOPSIGNAL SIGTERM
CMD ["celery", "-A", "workers.gpu.app", "worker", "-Q", "gpu", "--pool=threads", "-c", "1", \
     "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO"]
