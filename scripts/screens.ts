import { runTour } from "./tour.ts";

// `npm run screens`: every page as a picture under screens/, to be looked at.
await runTour("screens");
