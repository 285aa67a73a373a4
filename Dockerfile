FROM python:3.11-slim AS build
WORKDIR /source
RUN python -m venv /opt/allot
COPY requirements.lock ./
# The lock has two parts; an image that serves needs the first.
RUN sed '/^# development$/,$d' requirements.lock > runtime.lock \
 && /opt/allot/bin/pip install --no-cache-dir --no-deps --require-hashes -r runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY ledger ledger
COPY projections projections
COPY api api
RUN /opt/allot/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --system --create-home --uid 10001 allot
COPY --from=build /opt/allot /opt/allot
ENV PATH=/opt/allot/bin:$PATH PYTHONUNBUFFERED=1
USER allot
WORKDIR /home/allot
EXPOSE 8000
CMD ["allot", "serve", "--no-follower", "--port", "8000"]
