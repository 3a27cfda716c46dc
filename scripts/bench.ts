// `npm run bench`: see bench/src/run.ts.
await import("../bench/src/run.ts");
