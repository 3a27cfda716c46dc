/**
 * For Node, how large (MB) the API's heap may become: four times what 20,000 connections need. Node's
 * own bound is a share of the machine's memory, and the higher it is the later it collects: a rush of
 * 10,000 took 443 MB with 4 GB as the bound, of which 120 were in use, and 289 MB with this.
 */
export const apiHeap = "--max-old-space-size=1024";
