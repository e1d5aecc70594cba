# docker build -t misc . && docker run --rm -v "$PWD:/data" misc bpp .
FROM python:3.12-slim
COPY . /source
# The kernels are compiled once, here, and not at each start.
RUN pip install --no-cache-dir '/source[codec,reports]' \
    && misc warm-up \
    && rm -rf /source
WORKDIR /data
ENTRYPOINT ["misc"]
CMD ["--help"]
