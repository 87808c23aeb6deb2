# One image for every process of Box Office: `boxoffice PROCESS [TARGET [ARGUMENTS]]` (tools/image/README.md).
# Builds alike with docker and buildah; `npm run image` does either.
ARG BASE=docker.io/library/node:24-bookworm-slim

# What npm needs and nothing else, so that a changed source does not install again.
FROM ${BASE} AS manifests
WORKDIR /source
COPY . .
RUN mkdir /manifests && find . \( -name package.json -o -name package-lock.json -o -name .npmrc \) -exec cp --parents {} /manifests ';'

FROM ${BASE} AS dependencies
WORKDIR /app
COPY --from=manifests /manifests .
COPY tools/image/install.sh /install.sh
# A network that re-signs TLS gives its certificates as the secret `ca`.
RUN --mount=type=secret,id=ca,target=/run/secrets/ca.pem \
    if [ -s /run/secrets/ca.pem ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca.pem; fi; sh /install.sh

FROM ${BASE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Box Office" \
      org.opencontainers.image.description="Self-hosted event ticketing: every service of it, one process per container" \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY tools/node-flags.mjs tools/node-flags.mjs
COPY tools/image/boxoffice.mjs tools/image/boxoffice.mjs
# The dev loop changes sources in the running container, as 1000:1000; elsewhere nothing there can be written.
ARG SOURCES_OWNER=0:0
COPY --chown=${SOURCES_OWNER} packages packages
COPY --chown=${SOURCES_OWNER} services services
RUN ln -s /app/tools/image/boxoffice.mjs /usr/local/bin/boxoffice
USER 1000:1000
ENTRYPOINT ["boxoffice"]
