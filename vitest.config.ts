import { availableParallelism } from 'node:os'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

process.env['TZ'] = 'America/St_Johns'

/** By itself Vitest leaves one core free: half of a machine that has two. */
const cores = Math.min(4, availableParallelism())

// Generous: timings never decide a test, also on a loaded machine.
const base = { globals: false, passWithNoTests: false, testTimeout: 60_000, maxWorkers: cores } as const

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...base,
          name: 'unit',
          include: [
            '{contracts,engine,collectors,server}/src/**/*.test.ts',
            'test/{architecture,plant,conformance}/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: ['**/*.medium.test.ts', '**/node_modules/**'],
        },
      },
      {
        plugins: [vue()],
        test: { ...base, name: 'web', environment: 'happy-dom', include: ['web/src/**/*.test.ts'], isolate: false },
      },
      {
        test: {
          ...base,
          name: 'medium',
          include: ['{collectors,server,test}/**/*.medium.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Each file starts stores and servers of its own: about one core and 700 MB while it runs.
          maxWorkers: cores,
          globalSetup: ['server/src/store-template-fixture.ts'],
        },
      },
      {
        test: {
          ...base,
          name: 'flows',
          include: ['test/flows/**/*.test.ts', 'test/faults/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
