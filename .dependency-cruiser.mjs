/** Who may import whom. Each rule says why and what to do instead. */

const order = [
  'reports|boards|alerts|deliveries',
  'datasets|kpi|ingest|policies|codes|retention|trace',
  'live|warehouse',
  'sources',
  'catalog',
  'changes|signatures',
  'accounts|audit|mail|settings',
  'database|http',
]

/** A lower server room never imports an upper one: the house stays a house and not a ball. */
const serverOrder = order.slice(1).map((lower, index) => ({
  name: `server-order-${lower.replaceAll('|', '-')}`,
  severity: 'error',
  comment: 'Upper rooms use lower ones, never the reverse. Publish an event or hand the value down instead.',
  from: { path: `^server/src/(${lower})/`, pathNot: '\\.test\\.ts$' },
  to: { path: `^server/src/(${order.slice(0, index + 1).join('|')})/`, pathNot: '/(accepted-batch|data-gate)\\.ts$' },
}))

export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'A cycle means two rooms are one. Move what both need to a third place.',
      from: { pathNot: '\\.(test|vue)' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'contracts-stand-alone',
      severity: 'error',
      comment: 'Contracts cross wires and disks; they import zod only.',
      from: { path: '^contracts/src' },
      to: { pathNot: ['^contracts/', 'node_modules/zod'] },
    },
    {
      name: 'engine-is-pure',
      severity: 'error',
      comment: 'The engine runs on server and browser alike: no disk, no network, no framework.',
      from: { path: '^engine/src', pathNot: '(\\.test|-fixture)\\.ts$' },
      to: { pathNot: ['^engine/', '^contracts/', 'node_modules/(zod|luxon|@types/luxon|decimal\\.js)'] },
    },
    {
      name: 'collectors-know-contracts-only',
      severity: 'error',
      comment: 'A collector runs on an edge box without server code. Put shared shapes into contracts.',
      from: { path: '^collectors/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(server|web|engine|test|scripts)/' },
    },
    {
      name: 'server-knows-no-browser',
      severity: 'error',
      comment: 'The server imports contracts and engine. The collector is a program it never imports.',
      from: { path: '^server/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(web|collectors|test|scripts)/' },
    },
    {
      name: 'web-knows-no-server',
      severity: 'error',
      comment: 'The browser speaks to the server through contracts.',
      from: { path: '^web/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(server|collectors|test|scripts)/' },
    },
    {
      name: 'web-features-apart',
      severity: 'error',
      comment: 'Web features use ui, charts and connection, not each other. Only boards may show a tile of another.',
      from: {
        path: '^web/src/(catalog|sources|datasets|alerts|accounts|reports|deliveries)/',
        pathNot: '\\.test\\.ts$',
      },
      to: { path: '^web/src/(boards|catalog|sources|datasets|alerts|accounts|reports)/', pathNot: '^web/src/$1/' },
    },
    {
      name: 'web-ui-has-no-domain',
      severity: 'error',
      comment: 'ui and charts hold no domain words.',
      from: { path: '^web/src/(ui|charts)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^web/src/(boards|catalog|sources|datasets|alerts|accounts|reports|home)/' },
    },
    {
      name: 'features-enter-by-the-door',
      severity: 'error',
      comment: 'A feature enters another by its .service, .module, .guard or a named contract file.',
      from: { path: '^server/src/([^/]+)/', pathNot: ['\\.test\\.ts$', '^server/src/(cli|supervisor|database)/'] },
      to: {
        path: '^server/src/([^/]+)/',
        pathNot: [
          '^server/src/$1/',
          '^server/src/[^/]+/[^/]+\\.(service|module|guard|gateway)\\.ts$',
          '^server/src/accounts/rights/[^/]+\\.service\\.ts$',
          '^server/src/(http|database)/',
          '^server/src/(audit/canonical-json|changes/change-lines|warehouse/tsv|live/accepted-batch|accounts/principal|accounts/rights/access-rights|datasets/data-gate)\\.ts$',
        ],
      },
    },
    ...serverOrder,
    {
      name: 'chdb-only-in-the-store-process',
      severity: 'error',
      comment: 'The native engine lives in its own process; everybody else speaks HTTP to it.',
      from: { pathNot: '^server/src/warehouse/embedded/' },
      to: { path: 'node_modules/(chdb|@chdb)' },
    },
    {
      name: 'no-orphan-package',
      severity: 'error',
      comment: 'An import that package.json does not declare works by accident.',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    combinedDependencies: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['dist/', 'golden/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.vue', '.json'],
    },
  },
}
