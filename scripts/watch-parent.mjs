// Imported into every process that must not outlive the one that started it. A signal to npm
// alone, or a kill -9 of anyone above, reaches nobody below; a parent that is gone is seen here.
// (package.json says "exec node", as a shell in between would outlive npm and hide its end.)
const parent = process.ppid;

// Often enough that a restart right after a kill finds its ports free.
const watcher = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watcher);
  process.kill(process.pid, "SIGTERM");
}, 250);
watcher.unref();
