/**
 * For Node, how much memory (MB) the API's objects may take.
 *
 * Old ones: four times what 20,000 connections need. Node's own bound is a share of the machine's memory,
 * and the higher it is the later it collects: a rush of 10,000 took 443 MB with 4 GB as the bound, of which
 * 120 were in use, and 289 MB with this.
 *
 * Young ones: four times Node's own bound. Whatever waits for the database lives longer than most, and is
 * copied each time the young are looked through. In five storms of two builds in turn 0.55 to 1.16 of the peak was
 * carried out with 64 MB, and 0.57 to 0.88 with 32, at 0.74 of a core instead of 0.84; a rush took 272 MB, and
 * 216 (287 since there is room from the beginning).
 */
export const apiHeap = "--max-old-space-size=1024 --max-semi-space-size=64";

/**
 * What Node takes as an argument only.
 *
 * Room for the young is there from the beginning and is not given back when there is less to do. Otherwise V8 grows
 * it by and by, and each page that it touches anew costs 12 µs on some virtual machines: in the first seconds of orders
 * at half of the peak 0.4 to 0.9 faults an order instead of 0.2, and 206 MB after a minute became 218 after ten, which
 * it now is after ten seconds.
 *
 * Old objects are first looked through when there are 96 MB of them. Otherwise V8 does so whenever they have
 * doubled, and some 50 MB are in use: every 0.6 s in a storm, when what waits for its group grows old before it
 * is answered. With 96 MB it is every 2.3 s, with 160 every 7, which made no difference to a storm; after ten minutes
 * of a usual load memory was 1.02 and 1.07 of the beginning (one run each, not on the same machine).
 *
 * Young ones are looked through by the thread that made them, alone. With V8's helpers it was done in 22 ms
 * instead of 28, for which all of them together were at it for 63, on two cores of which PostgreSQL wants one: in
 * storms by turns 0.90 of the peak was carried out with help, and 1.01 without.
 */
export const apiArguments = [
  "--min-semi-space-size=64",
  "--initial-old-space-size=96",
  "--no-parallel-scavenge",
];
