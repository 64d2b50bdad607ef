/** `npm run bench -- [names] --json FILE --data FOLDER`: builds what changed, then runs the benches under Node 24. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { build } from './build.mjs'
import { runMain } from './console.mjs'
import { childEnvironment, node24, root } from './node24.mjs'
import { setup } from './setup.mjs'

await runMain(async () => {
  const nodePath = await node24()
  await setup(nodePath)
  await build(nodePath)
  const result = spawnSync(nodePath, [join(root, 'test/bench/main.ts'), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env: childEnvironment(nodePath),
  })
  return result.status ?? 1
})
