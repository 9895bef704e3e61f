/** How tests run: from the sources, with no build before. */
import { defineConfig } from 'vitest/config'

// The condition under which each package's `exports` lead to its sources (docs/style.md tells more).
const conditions = ['trunkline-source', 'node', 'import', 'default']

/** Tests of security that the simulator cannot tell. */
const REAL_SOCKETS = ['test/security/{files,idle-sockets,tls}.test.ts']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Nothing is expected to come near it; it only ends a hang on a slow machine.
    testTimeout: 20_000,
    projects: [
      {
        extends: true,
        // Nothing in core has state of its own, so files may share a thread and what it has loaded.
        test: {
          name: 'pure',
          include: ['test/{architecture,fuzz,security,sim,unit}/**/*.test.ts'],
          exclude: REAL_SOCKETS,
          pool: 'threads',
          isolate: false,
        },
      },
      {
        extends: true,
        // Real sockets: a process for each file, so that a socket left open harms nobody else.
        test: { name: 'wire', include: ['test/wire/**/*.test.ts', ...REAL_SOCKETS], pool: 'forks' },
      },
    ],
  },
})
