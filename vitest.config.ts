import { defineConfig } from 'vitest/config';

/** What takes half a minute and more by itself: `npm run test:long`. */
const long = [
  'test/actions/large-folder.test.ts',
  'test/attacks/**/*.test.ts',
  'test/file-queue/adversary.test.ts',
  'test/file-queue/rejected.test.ts',
  'test/file-queue/waiting-answers.test.ts',
  'test/stores/jetstream/facts.test.ts',
  'test/stores/jetstream/lost-answers.test.ts',
  'test/stores/jetstream/server-crash.test.ts',
  'test/chaos/chaos.test.ts',
  'test/cluster/**/*.test.ts',
  'test/faults/**/*.test.ts',
  'test/e2e/agents.test.ts',
  'test/e2e/alerts.test.ts',
  'test/e2e/approvals.test.ts',
  'test/e2e/audit.test.ts',
  'test/e2e/backup.test.ts',
  'test/e2e/authority.test.ts',
  'test/e2e/crash.test.ts',
  'test/e2e/damage.test.ts',
  'test/e2e/demo.test.ts',
  'test/e2e/erasure.test.ts',
  'test/e2e/event-kills.test.ts',
  'test/e2e/executions.test.ts',
  'test/e2e/failpoints.test.ts',
  'test/e2e/seeds.test.ts',
  'test/e2e/fence.test.ts',
  'test/e2e/file-queue.test.ts',
  'test/e2e/file-trigger.test.ts',
  'test/e2e/http-definitions.test.ts',
  'test/e2e/http-hooks.test.ts',
  'test/e2e/http-runs.test.ts',
  'test/e2e/http-serve.test.ts',
  'test/e2e/http-work.test.ts',
  'test/e2e/one-authority.test.ts',
  'test/e2e/one-document.test.ts',
  'test/e2e/one-name.test.ts',
  'test/e2e/outbound-events.test.ts',
  'test/e2e/rebuild.test.ts',
  'test/e2e/retention.test.ts',
  'test/e2e/run-control.test.ts',
  'test/e2e/schedules.test.ts',
  'test/e2e/several-engines.test.ts',
  'test/e2e/stations-soak.test.ts',
  'test/e2e/stations-page.test.ts',
  'test/e2e/stations.test.ts',
  'test/e2e/test-command.test.ts',
  'test/e2e/what-if.test.ts',
  'test/e2e/worker-crowd.test.ts',
  'test/e2e/worker-kills.test.ts',
  'test/e2e/worker-programs.test.ts',
  'test/e2e/workers.test.ts',
  'test/engine/rehearsal/random-runs.test.ts',
  'test/engine/stations/schedules.test.ts',
  'test/engine/rehearsal/shipped.test.ts',
  'test/machines/chart/statechart/bugs.test.ts',
  'test/machines/chart/statechart/many.test.ts',
  'test/machines/prover/candidates/definitions.test.ts',
  'test/machines/prover/coverage/choose.test.ts',
  'test/machines/prover/coverage/unreachable.test.ts',
  'test/machines/prover/deep/library.test.ts',
  'test/machines/properties/bodies.test.ts',
  'test/machines/properties/graphs.test.ts',
  'test/machines/properties/nests.test.ts',
  'test/machines/properties/proof/*.test.ts',
  'test/machines/properties/waiting.test.ts',
  'test/mutations/play-all.test.ts',
  'test/simulation/bugs/hunt.test.ts',
  'test/simulation/crash-points.test.ts',
];
/** What takes long and is rarely broken: with `LONG=all` alone, which `.ci/nightly` runs. CI leaves it out. */
const rare = [
  // CI runs it by the program that the test stands for.
  'test/simulation/crash-points.test.ts',
  // The same contracts hold on one server and a good network, in CI.
  'test/cluster/{contract,rough}-*.test.ts',
  // Each of its faults by itself is a test of CI.
  'test/chaos/chaos.test.ts',
  // Random ones of which `npm test` has some.
  'test/machines/chart/statechart/many.test.ts',
  'test/machines/properties/{bodies,graphs,nests,waiting}.test.ts',
  'test/machines/properties/proof/proof-many.test.ts',
];
const isLong = process.env['LONG'] !== undefined;
const left = ['node_modules/**', ...(process.env['LONG'] === 'all' ? [] : rare)];

/** What needs a Chromium, or tmux: `npm run test:browser`. CI installs both and runs it. */
const browser = ['test/browser/**/*.test.ts'];
const isBrowser = process.env['BROWSER'] === '1';

/** Nothing that is tested here, or tests it, leaves anything behind in its modules: they are loaded once for all. */
const sharing = [
  'test/{importers,stores/memory}/**/*.test.ts',
  'test/{engine,events,machines,ports,projections,web}/**/*.test.ts',
];

const notNow = [...left, ...long, ...browser];
const apart = isBrowser
  ? { name: 'browser', include: browser }
  : { name: 'long', include: long, exclude: left };
const projects =
  isLong || isBrowser
    ? [{ test: apart }]
    : [
        { test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: [...notNow, ...sharing] } },
        { test: { name: 'sharing', include: sharing, exclude: notNow, isolate: false } },
      ];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    projects: projects.map((project) => ({ extends: true as const, ...project })),
  },
});
