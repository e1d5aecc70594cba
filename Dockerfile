# docker build -t misc . && docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" misc bpp .
FROM python:3.12-slim AS build
COPY . /source
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /source

# The image has what the wheel has, and nothing of the sources beside it.
FROM python:3.12-slim
# The kernels are compiled once, here, and not at each start.
# Every user of the image may add to them, so that `docker run --user` finds them.
ENV NUMBA_CACHE_DIR=/var/cache/misc
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir "$(echo /wheels/*.whl)[codec,reports]" \
    && misc warm-up \
    && chmod -R a+rwX "$NUMBA_CACHE_DIR"
WORKDIR /data
ENTRYPOINT ["misc"]
CMD ["--help"]
