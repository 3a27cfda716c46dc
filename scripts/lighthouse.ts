import { runTour } from "./tour.ts";

// `npm run lighthouse`: the storefront's figures; exit 1 when one falls short.
await runTour("lighthouse");
