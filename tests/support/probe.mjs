// Loaded into an API process under test: on SIGUSR2 it prints what its built-in prototypes hold and
// how much memory is in use once the garbage is gone.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
/** @type {() => void} */
const collectGarbage = runInNewContext("gc");

const namesOf = (/** @type {object} */ prototype) => Reflect.ownKeys(prototype).map(String).sort();

process.on("SIGUSR2", () => {
  collectGarbage();
  const builtIns = [Object, Array, Function, String, Number, Promise, Map].map((each) => namesOf(each.prototype));
  const inside = { probe: true, builtIns, heapBytes: process.memoryUsage().heapUsed };
  process.stdout.write(`\n${JSON.stringify(inside)}\n`);
});
