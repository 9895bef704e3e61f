/** Placeholder of the benchmarks: `npm run bench` builds everything, installs the peers and runs this file. */
console.log('The benchmarks stand here.')
