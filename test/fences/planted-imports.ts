// A small repository in which every import rule is broken exactly once, and each permission is used once.

/** What the planted repository holds: path -> text. Its packages are empty. */
export const planted: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    dependencies: { zod: '*', xstate: '*', croner: '*', '@nats-io/jetstream': '*' },
    devDependencies: { vitest: '*' },
  }),
  ...emptyPackage('zod'),
  ...emptyPackage('xstate'),
  ...emptyPackage('croner'),
  ...emptyPackage('@nats-io/jetstream'),
  ...emptyPackage('vitest'),

  // What is allowed.
  'events/fact.ts': "import 'zod';",
  'events/canonical-json.ts': "import './fact.ts';",
  'machines/chart.ts': "import 'xstate'; import type {} from '../events/fact.ts';",
  'machines/hash.ts': "import 'node:crypto';",
  'machines/triggers/cron-ticks.ts': "import 'croner';",
  'src/ports/port.ts': "import '../../machines/chart.ts'; import '../../machines/hash.ts';",
  'src/ports/times.ts': "import '../../machines/triggers/cron-ticks.ts';",
  'src/files/file.ts': "import 'node:fs'; import '../../events/canonical-json.ts';",
  'src/engine/engine.ts': "import '../ports/port.ts';",
  'src/worker/loop.ts': "import '../ports/port.ts'; import type {} from '../../events/fact.ts';",
  'src/stores/jetstream/journal.ts': "import '@nats-io/jetstream'; import '../../ports/port.ts';",
  'src/cli/cli.ts': "import 'node:fs'; import '../ports/port.ts'; import '../terminal/table.ts';",
  'src/terminal/table.ts': "import '../ports/port.ts';",
  'src/projections/list.ts': "import '../../events/fact.ts';",
  'src/api/problem.ts': "import 'zod';",
  'src/web/main.tsx': "import type {} from '../api/problem.ts';",
  'src/compose/session.ts':
    "import '../engine/engine.ts'; import '../cli/cli.ts'; import '../worker/loop.ts';",
  'src/main.ts': "import './compose/session.ts'; import './stores/jetstream/journal.ts';",
  'test/engine.test.ts': "import 'vitest'; import '../src/engine/engine.ts';",

  // What is not: one file, one violation. The imports are types where that could make a difference.
  'machines/first.ts': "import type {} from './second.ts';",
  'machines/second.ts': "import './first.ts';",
  'machines/orphan.ts': 'export const orphan = 1;',
  'src/compose/lost.ts': "import './nowhere.ts';",
  'src/cli/tested.ts': "import { x } from 'vitest';",
  'bench/bench.ts': "import '../test/engine.test.ts';",
  'events/curious.ts': "import type {} from '../machines/chart.ts';",
  'machines/reader.ts': "import 'node:fs';",
  'machines/second-hash.ts': "import { createHash } from 'node:crypto';",
  'machines/timer.ts': "import { Cron } from 'croner';",
  'src/compose/charting.ts': "import type {} from 'xstate';",
  'src/ports/drawn.ts': "import type {} from '../projections/list.ts';",
  'src/engine/writer.ts': "const file = await import('node:fs');",
  'src/worker/looker.ts': "import type {} from 'node:fs';",
  'src/files/knowing.ts': "import '../../events/fact.ts';",
  'src/projections/saved.ts': "import 'node:fs';",
  'src/operations/rendered.ts': "import type {} from '../web/main.tsx';",
  'src/api/seen.ts': "import type {} from '../projections/list.ts';",
  'src/web/page.tsx': "import type {} from '../ports/port.ts';",
  'src/web/loader.ts': "import '../api/problem.ts';",
  'src/cli/friend.ts': "import type {} from '../stores/jetstream/journal.ts';",
  'src/stores/memory/friend.ts': "import type {} from '../jetstream/journal.ts';",
  'src/setup.ts': "import './engine/engine.ts';",
  'src/cli/opener.ts': "import type {} from '../compose/session.ts';",
  'src/cli/driver.ts': "import type {} from '../engine/engine.ts';",
  'bench/program.ts': "import '../src/main.ts';",
  'src/cli/subscriber.ts': "import '@nats-io/jetstream';",
};

/** What must be reported, as `rule: from -> to`. */
export const expected: readonly string[] = [
  'operations-are-use-cases: src/operations/rendered.ts -> src/web/main.tsx',
  'api-is-a-contract: src/api/seen.ts -> src/projections/list.ts',
  'web-knows-the-api: src/web/page.tsx -> src/ports/port.ts',
  'api-as-types-in-the-browser: src/web/loader.ts -> src/api/problem.ts',
  'no-cycles: machines/first.ts -> machines/second.ts',
  'no-orphans: machines/orphan.ts -> machines/orphan.ts',
  'resolvable: src/compose/lost.ts -> ./nowhere.ts',
  'no-development-packages: src/cli/tested.ts -> node_modules/vitest/index.js',
  'tests-are-leaves: bench/bench.ts -> test/engine.test.ts',
  'events-know-zod-only: events/curious.ts -> machines/chart.ts',
  'machines-are-pure: machines/reader.ts -> fs',
  'hashing-in-one-place: machines/second-hash.ts -> crypto',
  'counting-in-one-place: machines/timer.ts -> node_modules/croner/index.js',
  'xstate-in-machines: src/compose/charting.ts -> node_modules/xstate/index.js',
  'ports-are-interfaces: src/ports/drawn.ts -> src/projections/list.ts',
  'engine-knows-ports-only: src/engine/writer.ts -> fs',
  'worker-knows-ports-only: src/worker/looker.ts -> fs',
  'files-stand-alone: src/files/knowing.ts -> events/fact.ts',
  'projections-fold-events: src/projections/saved.ts -> fs',
  'cli-shows-on-the-terminal: src/cli/friend.ts -> src/stores/jetstream/journal.ts',
  'outside-rooms-are-strangers: src/stores/memory/friend.ts -> src/stores/jetstream/journal.ts',
  'shell-is-composed: src/setup.ts -> src/engine/engine.ts',
  'composed-from-outside: src/cli/opener.ts -> src/compose/session.ts',
  'outside-does-not-drive: src/cli/driver.ts -> src/engine/engine.ts',
  'main-is-the-root: bench/program.ts -> src/main.ts',
  'nats-in-jetstream: src/cli/subscriber.ts -> node_modules/@nats-io/jetstream/index.js',
];

function emptyPackage(name: string): Readonly<Record<string, string>> {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, main: 'index.js' }),
    [`node_modules/${name}/index.js`]: '',
  };
}
