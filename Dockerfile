# The same Node as the `node` package of package-lock.json; test/deploy/docker.test.ts compares them
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Scripts would fetch a second Node; the sandbox engine and esbuild come ready built
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY core core
COPY graphql graphql
COPY plugins plugins
COPY admin-ui admin-ui
RUN ["node", "core/cli/launch.js", "build"]

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="TRAE OS" \
  org.opencontainers.image.description="A self-hosted operating system for sales"
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
# Source maps and types, a third of the bytes, are read by nobody here
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
  && install -d -o 1000 -g 1000 -m 0700 /data /backups
COPY core core
COPY graphql graphql
COPY plugins plugins
COPY playbooks playbooks
COPY --from=build /app/dist dist
ENV NODE_ENV=production TRAE_HOST=0.0.0.0 TRAE_DATA_DIR=/data
USER 1000:1000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TRAE_PORT || 8000}/healthz`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Exec form: SIGTERM reaches Node, which drains. npm would swallow it
# Half the young generation that V8 would take on a large machine: less memory, and faster for it (bench/README.md)
CMD ["node", "--max-semi-space-size=16", "core/cli/launch.js", "start"]
