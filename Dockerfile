# The image of Skald: one static binary and nothing else, run as nobody in particular.
#
#   docker build -t skald:local .                                  from the sources
#   scripts/stage-image && docker build --target prebuilt -t skald:local .    from binaries built on this machine
#
# The stages that need no base image come first: a builder that makes stages in order then pulls nothing for them.

# --- From binaries that scripts/stage-image built.

FROM scratch AS prebuilt
COPY --chown=65532:65532 dist/skald/ /
USER 65532:65532
WORKDIR /data
ENTRYPOINT ["/bin/skald"]
CMD ["serve"]

FROM scratch AS integration-prebuilt
COPY --chown=65532:65532 dist/integration/ /
USER 65532:65532
ENTRYPOINT ["/bin/integration.test"]

# --- From the sources.

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN VERSION="$VERSION" scripts/stage-image

FROM scratch AS integration
COPY --from=build --chown=65532:65532 /src/dist/integration/ /
USER 65532:65532
ENTRYPOINT ["/bin/integration.test"]

FROM scratch AS skald
COPY --from=build --chown=65532:65532 /src/dist/skald/ /
USER 65532:65532
WORKDIR /data
ENTRYPOINT ["/bin/skald"]
CMD ["serve"]
