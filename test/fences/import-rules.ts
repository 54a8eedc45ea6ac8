// Who may import whom (DESIGN.md, "The shape"), for dependency-cruiser. Each comment speaks to whoever broke the rule.
import type { IForbiddenRuleType, IRegularForbiddenRuleType } from 'dependency-cruiser';

/** Packages are matched by name, whether or not they could be resolved. */
const packages = (...names: readonly string[]): string => `^(node_modules/)?(${names.join('|')})(/|$)`;

/** Rooms of src that touch the world outside, or show it something. Of the stores and importers, each is one. */
const outside = [
  '(?:stores|importers)/[^/]+',
  ...[
    'actions',
    'cli',
    'file-queue',
    'http',
    'http-task',
    'keys',
    'mcp',
    'metrics',
    'nats-server',
    'outgoing',
  ],
  ...['gallery', 'project', 'sign-in', 'subprocess', 'terminal'],
].join('|');

/** Packages that are built into the product: nobody who installs it installs them. */
const bundled = [
  ...[
    '@hono/(?:node-server|zod-openapi)',
    '@marcbachmann/cel-js',
    '@modelcontextprotocol/server',
    '@nats-io/(?:jetstream|kv|transport-node)',
  ],
  ...[
    '@xstate/graph',
    'acorn',
    'commander',
    'croner',
    'execa',
    'vscode-languageserver(?:-textdocument)?',
    'fastest-levenshtein',
    'get-east-asian-width',
  ],
  ...[
    'hono',
    'js-yaml',
    'openid-client',
    'picocolors',
    'picomatch',
    'prom-client',
    're2js',
    'tinyqueue',
    'ulid',
  ],
];
const expressionLibraries = ['@marcbachmann/cel-js', 're2js'];

const rule = (
  name: string,
  from: IRegularForbiddenRuleType['from'],
  to: IRegularForbiddenRuleType['to'],
  comment: string,
): IForbiddenRuleType => ({
  name,
  severity: 'error',
  comment,
  from,
  to,
});

const graphRules = [
  rule(
    'no-cycles',
    {},
    { circular: true },
    'These files import each other, type imports counted. Move what both need into a third file that imports neither.',
  ),
  rule(
    'no-orphans',
    { orphan: true },
    {},
    'This file imports nothing and nothing imports it. Delete it, or give it the importer you meant.',
  ),
  rule(
    'resolvable',
    {},
    { couldNotResolve: true },
    'This import leads nowhere, so no other rule can judge it. Correct its path, or add its package to package.json.',
  ),
  rule(
    'no-development-packages',
    // What a browser loads is built with the program.
    { path: '^(events|machines|src)/', pathNot: '^src/web/' },
    { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: packages(...bundled) },
    'This package is no part of the product. Name it in `bundled` of this file, which builds it into what users install.',
  ),
  rule(
    'tests-are-leaves',
    { path: '^(events|machines|src|bench)/' },
    { path: '^test/' },
    'The product must not need its tests. Move what you need out of test/, to where it belongs.',
  ),
];

const coreRules = [
  rule(
    'events-know-zod-only',
    { path: '^events/' },
    { pathNot: ['^events/', packages('zod')] },
    'events/ is the language of the journal and stays readable without the engine: it imports zod and itself.',
  ),
  rule(
    'machines-are-pure',
    { path: '^machines/' },
    {
      pathNot: [
        '^(events|machines)/',
        packages('zod', 'js-yaml', 'xstate', '@xstate/graph', 'fastest-levenshtein', 'croner'),
        packages(...expressionLibraries),
        '^crypto$',
      ],
    },
    'machines/ is pure: no I/O, no clock, no chance, nothing from src/. Return an effect and let the shell carry it out.',
  ),
  rule(
    'hashing-in-one-place',
    { path: '^machines/', pathNot: '^machines/hash\\.ts$' },
    { path: '^crypto$' },
    'node:crypto also holds chance. Use sha256Hex of machines/hash.ts, the one file of the core that imports it.',
  ),
  rule(
    'counting-in-one-place',
    { path: '^(events|machines|src|bench)/', pathNot: '^machines/triggers/cron-ticks\\.ts$' },
    { path: packages('croner') },
    'croner also holds timers and reads the clock. Use machines/triggers/cron-ticks.ts, which asks it for dates only.',
  ),
  rule(
    'xstate-in-machines',
    { path: '^(events|src)/' },
    { path: packages('xstate', '@xstate/graph') },
    'Only machines/ knows that a chart is an XState machine. Ask machines/ for what you need.',
  ),
];

const shellRules = [
  rule(
    'lib-stands-alone',
    { path: '^src/lib/' },
    { pathNot: '^src/lib/' },
    'src/lib is the leaf that everybody may import: no domain, no I/O. Take what you need as an argument.',
  ),
  rule(
    'ports-are-interfaces',
    { path: '^src/ports/' },
    { pathNot: ['^(events|machines|src/ports|src/lib)/', packages('zod')] },
    'A port says what the engine needs in the words of events/ and machines/. How it is done belongs to a room outside.',
  ),
  rule(
    'engine-knows-ports-only',
    { path: '^src/engine/' },
    { pathNot: ['^(events|machines|src/ports|src/lib|src/engine)/', packages('zod', 'tinyqueue')] },
    'The engine reaches the world through src/ports only, so that it runs in a simulation. Take what you need as an argument.',
  ),
  rule(
    'run-reader-is-the-door',
    { path: '^(machines|src)/', pathNot: '^src/engine/run-reader/' },
    {
      path: '^src/engine/run-reader/',
      pathNot: '/(run-reader|charts|check-runs|quarantined-children|run-index|snapshot-keeper)\\.ts$',
    },
    'Runs are read by src/engine/run-reader/run-reader.ts: ask a RunReader. What lies behind it is its own.',
  ),
  rule(
    'worker-knows-ports-only',
    { path: '^src/worker/' },
    { pathNot: '^(events|machines|src/ports|src/lib|src/worker)/' },
    'A worker reaches its engine through src/ports only, so that it runs in a test. Take what you need as an argument.',
  ),
  rule(
    'files-stand-alone',
    { path: '^src/files/' },
    {
      pathNot: ['^src/(files|ports|lib)/', '^events/canonical-json\\.ts$', packages('js-yaml')],
      dependencyTypesNot: ['core'],
    },
    'src/files writes files safely and knows nothing of workflows: node modules, js-yaml, canonical JSON, its port.',
  ),
  rule(
    'projections-fold-events',
    { path: '^src/projections/' },
    { pathNot: '^(events|machines|src/ports|src/lib|src/projections|src/api)/' },
    'A projection is a pure fold of events. Whoever shows it does the reading and the writing.',
  ),
  rule(
    'operations-are-use-cases',
    { path: '^src/operations/' },
    { pathNot: ['^(events|machines|src/(ports|projections|files|api|lib|operations))/', packages('zod')] },
    'A use case asks ports and says what the product does. Transport and rendering belong to whoever calls it.',
  ),
  rule(
    'api-is-a-contract',
    { path: '^src/api/' },
    { pathNot: ['^(events|src/api|src/lib)/', packages('zod')] },
    'src/api says what is asked and answered over HTTP, to browsers as well: it imports zod, events/ and itself.',
  ),
  rule(
    'editing-runs-anywhere',
    { path: '^src/editing/' },
    { pathNot: ['^src/(editing|api|lib)/'] },
    'What editors offer is worked out in browsers and by the language server alike: it imports types of src/api, and itself.',
  ),
  rule(
    'web-knows-the-api',
    // Runs in node, before a browser loads anything.
    { path: '^src/web/', pathNot: '^src/web/vite\\.config\\.ts$' },
    {
      pathNot: [
        '^src/(web|api|lib|editing)/',
        packages('react', 'react-dom', '@tanstack/[^/]+', 'wouter', '@xyflow/react', 'uplot', 'vite'),
        packages('codemirror', '@codemirror/[^/]+', '@lezer/highlight', '@types/[^/]+'),
      ],
    },
    'src/web runs in a browser and knows the engine by src/api alone. Ask for it over HTTP.',
  ),
  rule(
    'api-as-types-in-the-browser',
    { path: '^src/web/' },
    { path: '^src/api/', dependencyTypesNot: ['type-only'] },
    'A browser that imported the schemas would load zod. Import their types.',
  ),
  rule(
    'outside-rooms-are-strangers',
    { path: `^src/(${outside})/`, pathNot: '^src/(cli|terminal)/' },
    { path: `^src/(${outside})/`, pathNot: '^src/$1/' },
    'Rooms that touch the world never import each other: one must be replaceable alone. Meet in a port, or in src/compose.',
  ),
  rule(
    'cli-shows-on-the-terminal',
    { path: '^src/(cli|terminal)/' },
    { path: `^src/(${outside})/`, pathNot: '^src/(cli|terminal)/' },
    'The command line shows what it says on the terminal, and knows no other room outside. Meet in a port, or in src/compose.',
  ),
  rule(
    'shell-is-composed',
    { path: '^(events|machines|src)/', pathNot: `^src/(main\\.ts$|compose/|engine/|worker/|(${outside})/)` },
    { path: `^src/(engine|worker|compose|${outside})/` },
    'Only src/compose and src/main.ts put the engine, the worker and the world outside together. Depend on a port.',
  ),
  rule(
    'composed-from-outside',
    { path: `^src/(engine|worker|${outside})/` },
    { path: '^src/compose/' },
    'The engine, the worker and the rooms outside do not know how they were put together. Take what you need as an argument.',
  ),
  rule(
    'outside-does-not-drive',
    { path: `^src/(${outside})/` },
    { path: '^src/(engine|worker)/' },
    'A room outside implements a port, and the engine or the worker calls it. Move the shared type to src/ports.',
  ),
  rule(
    'main-is-the-root',
    {},
    { path: '^src/main\\.ts$' },
    'src/main.ts is where the program starts. Move what you need into src/compose.',
  ),
  rule(
    'nats-in-jetstream',
    { path: '^(events|machines|src)/', pathNot: '^src/stores/jetstream/' },
    { path: packages('@nats-io/[^/]+', 'nats') },
    'Only src/stores/jetstream knows NATS. Use the port that it implements.',
  ),
  rule(
    'sqlite-in-one-store',
    { path: '^(events|machines|src)/', pathNot: '^src/stores/sqlite/' },
    { path: packages('libsql') },
    'Only src/stores/sqlite knows the database. Use the port that it implements.',
  ),
];

export const importRules: readonly IForbiddenRuleType[] = [...graphRules, ...coreRules, ...shellRules];
