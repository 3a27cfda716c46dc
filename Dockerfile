# One file, two images: `--target api` (also the worker and the migrations) and `--target web`.
FROM node:22-bookworm-slim AS base
RUN npm install --global pnpm@12.21.0
WORKDIR /shop
# The manifests are needed by everything; what is not is in .dockerignore.
COPY . .
ENV NEXT_TELEMETRY_DISABLED=1 TURBO_TELEMETRY_DISABLED=1

FROM base AS build
RUN pnpm install --frozen-lockfile && pnpm exec turbo run build

# The bundle holds everything it runs; package.json says that it is ES modules.
FROM node:22-bookworm-slim AS api
WORKDIR /shop/apps/api
COPY --from=build /shop/apps/api/package.json ./
COPY --from=build /shop/apps/api/dist dist
# scripts/api-heap.ts says why.
ENV NODE_ENV=production NODE_OPTIONS="--max-old-space-size=1024 --max-semi-space-size=64"
USER node
EXPOSE 4000
CMD ["node", "--min-semi-space-size=64", "--initial-old-space-size=96", "--no-parallel-scavenge", "dist/main.js"]

# No password of the database ever comes near this one.
FROM base AS web
RUN pnpm install --prod --frozen-lockfile --filter @stampede/web
COPY --from=build /shop/apps/web/.next apps/web/.next
# Next keeps rendered pages here.
RUN mkdir -p apps/web/.next/cache && chown -R node:node apps/web/.next/cache
ENV NODE_ENV=production
WORKDIR /shop/apps/web
USER node
EXPOSE 3000
CMD ["node", "node_modules/next/dist/bin/next", "start", "--port", "3000"]
