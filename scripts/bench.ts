// `npm run bench`: see bench/src/run.ts.
import "../bench/src/run.ts";
