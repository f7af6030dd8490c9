# syntax=docker/dockerfile:1
# The server that loads customers' models: PyTorch and the contract; no Django, no database driver, no credentials but its own token.

FROM python:3.11-slim-bookworm AS packages
ARG PIP_EXTRA_INDEX_URL=""
ENV PIP_EXTRA_INDEX_URL=$PIP_EXTRA_INDEX_URL
WORKDIR /build
RUN python -m venv /opt/anneal
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/images/__init__.py deploy/images/requirements.py deploy/images/
COPY requirements.txt ./
RUN python -m deploy.images.requirements --sections "ML workers" --packages pydantic uvicorn < requirements.txt > wanted.txt
RUN --mount=type=cache,target=/root/.cache/pip /opt/anneal/bin/pip install --disable-pip-version-check -r wanted.txt

FROM python:3.11-slim-bookworm
RUN apt-get update -qq && apt-get install --yes -qq --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 anneal && useradd --uid 10001 --gid anneal --no-create-home --shell /usr/sbin/nologin anneal \
    && install -d -o anneal -g anneal /data
COPY --from=packages /opt/anneal /opt/anneal
WORKDIR /app
COPY workers/__init__.py workers/chat_template.py workers/confinement.py workers/vector_maths.py workers/
COPY workers/contract/ workers/contract/
COPY workers/inference/ workers/inference/
ENV PATH=/opt/anneal/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 ANNEAL_DATA_DIR=/data HOME=/tmp \
    OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1
USER 10001:10001
VOLUME /data
EXPOSE 8100
CMD ["python", "-m", "workers.inference.server"]
