# The MCPO MCP Server in a container: docs/deployment.md.
ARG NODE_IMAGE=node:24-bookworm-slim

# --- The production dependencies alone -------------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Type declarations, source maps and sources are of no use at run time, and they are a third of it all.
RUN npm ci --omit=dev --ignore-scripts \
 && find node_modules -type f \
      \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -iname 'changelog*' -o -iname 'readme*' \) -delete \
 && rm -rf node_modules/openai/src node_modules/.package-lock.json

# --- The compiled server ---------------------------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY src src
RUN node node_modules/@nestjs/cli/bin/nest.js build

# --- What runs -------------------------------------------------------------------------------------------------------
FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="MCPO MCP Server" \
      org.opencontainers.image.description="Network diagnostics and upstream tools for AI agents, over the Model Context Protocol" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# ping is copied over itself: that takes its file capability off, with which it could not start at all once the
# container has dropped all capabilities. The kernel's unprivileged ICMP does the rest. tini takes PID 1, because the
# programs that upstream servers start may leave orphans, and Node does not reap those.
RUN apt-get update \
 && apt-get install -y --no-install-recommends iproute2 iputils-ping iputils-tracepath nftables tini traceroute \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && cp /usr/bin/ping /usr/bin/ping.plain && mv -f /usr/bin/ping.plain /usr/bin/ping \
 && groupadd --gid 1001 mcpo \
 && useradd --uid 1001 --gid 1001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin mcpo

WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE ./
COPY deploy/docker/healthcheck.mjs ./

# What is freed goes back: glibc keeps it in an arena for each thread otherwise, some 60 MiB under attack.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072
# Numbers, so that Kubernetes can see that this is not root.
USER 1001:1001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["node", "/app/healthcheck.mjs"]
ENTRYPOINT ["/usr/bin/tini", "--", "node", "--enable-source-maps", "--max-semi-space-size=16", "/app/dist/main.js"]
