import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['trunkline-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['trunkline-source', 'node', 'import', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
  },
})
