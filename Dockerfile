# syntax=docker/dockerfile:1
# skewwatch in an image: the program, the certificates of public authorities, and nothing that it does not need.

FROM rust:1.95.0-bookworm AS build
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY src src
# Cargo wants to see every benchmark that the manifest names.
COPY benches benches
# The style sheet of reports is part of the program.
COPY reports reports
ARG SKEWWATCH_REVISION=unknown
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin skewwatch \
    && strip --output-file=/skewwatch target/release/skewwatch \
    && mkdir /history

FROM debian:12.12-slim
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /history /var/lib/skewwatch
COPY --from=build /skewwatch /usr/local/bin/skewwatch
USER 65532:65532
WORKDIR /var/lib/skewwatch
EXPOSE 9464
STOPSIGNAL SIGTERM
# The image has no HTTP client; bash speaks TCP.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9464 && printf 'GET /-/ready HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["/usr/local/bin/skewwatch"]
CMD ["serve", "--config", "/etc/skewwatch/skewwatch.yaml"]
