/**
 * For Node, how much memory (MB) the API's objects may take.
 *
 * Old ones: four times what 20,000 connections need. Node's own bound is a share of the machine's memory,
 * and the higher it is the later it collects: a rush of 10,000 took 443 MB with 4 GB as the bound, of which
 * 120 were in use, and 289 MB with this.
 *
 * Young ones: twice Node's own bound. Whatever waits for the database lives longer than most, and is
 * copied each time the young are looked through: 88 times instead of 140 in the same load, and 6 and 14 %
 * less CPU a read of a balance in two noisy comparisons.
 */
export const apiHeap = "--max-old-space-size=1024 --max-semi-space-size=32";

/**
 * What Node takes as an argument only. V8 looks through the old objects whenever they have doubled, and of
 * those 50 MB are in use: every 0.6 s in a storm, when what waits for its group grows old before it is
 * answered. Looked through at 160 MB and later: every 1.5 s or so, and the API needs 0.03 to 0.07 of a core less.
 */
export const apiArguments = ["--initial-old-space-size=160"];
