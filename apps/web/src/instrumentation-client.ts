// Runs in the browser before anything else. zod tries `new Function` to see whether it may compile its
// schemas; the policy of every page forbids that and reports it. It reads its settings from here, so
// that a page without a form need not load it.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });

export {};
