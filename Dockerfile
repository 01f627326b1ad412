# One target per service: docker build --target appliance|cloud-gateway|ledger-node .
# They run as one user (10001), so that a shared volume at /data carries the ledger's token and the gateway's key.
FROM node:24-bookworm-slim AS tanbox
WORKDIR /opt/tanbox
ENV NODE_ENV=production
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY appliance/package.json appliance/
COPY appliance/console/package.json appliance/console/
COPY bin/package.json bin/tanbox bin/tanbox-gateway bin/tanbox-ledger bin/
COPY cloud-gateway/package.json cloud-gateway/
COPY ledger-node/package.json ledger-node/
# What other systems and compilers would use stays out: 290 MB, and 310 MB of npm's cache.
RUN npm ci --omit=dev \
 && npm cache clean --force \
 && rm -rf node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32 \
   node_modules/node-linux-*/include
COPY bin bin
COPY appliance appliance
COPY cloud-gateway cloud-gateway
COPY ledger-node ledger-node
RUN sh bin/node24 bin/build-console.ts \
 && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin tanbox \
 && install -d -m 0700 -o tanbox -g tanbox /data /ledger-local
USER tanbox
VOLUME /data
ENTRYPOINT ["sh", "bin/node24"]

FROM tanbox AS ledger-node
ENV TANBOX_LEDGER_DATA=/data/ledger TANBOX_LEDGER_LOCAL=/ledger-local TANBOX_LEDGER_HOST=0.0.0.0
# A volume of its own, that no backup of /data takes along: it tells a restored log.
VOLUME /ledger-local
EXPOSE 8472
HEALTHCHECK --start-period=30s CMD ["sh", "bin/node24", "bin/healthcheck.ts", "http://127.0.0.1:8472/v1/health"]
CMD ["ledger-node/src/main.ts"]

# A box elsewhere is let in by a code: docker exec ... sh bin/tanbox-gateway enrol --url wss://...
# The box on the same volume without one: docker run ... tanbox/cloud-gateway bin/enrol.ts /data
FROM tanbox AS cloud-gateway
ENV TANBOX_GATEWAY_DATA=/data/gateway TANBOX_GATEWAY_HOST=0.0.0.0
EXPOSE 8471
HEALTHCHECK --start-period=30s CMD ["sh", "bin/node24", "bin/healthcheck.ts", "http://127.0.0.1:8471/healthz"]
CMD ["--max-semi-space-size=8", "cloud-gateway/src/main.ts"]

FROM tanbox AS appliance
ENV TANBOX_DATA=/data TANBOX_HOST=0.0.0.0
EXPOSE 8470
HEALTHCHECK --start-period=120s CMD ["sh", "bin/node24", "bin/healthcheck.ts", "http://127.0.0.1:8470/api/state"]
CMD ["appliance/src/main.ts"]
