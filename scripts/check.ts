import { check } from "./checks.ts";

// `npm run check`: types and lint, in seconds; `npm test` is everything.

const { passed, failed } = check();
console.log(`\n${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
