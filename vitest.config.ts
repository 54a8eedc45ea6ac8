import { defineConfig } from 'vitest/config';

/** What takes ten seconds and more by itself: `npm run test:long`. */
const long = [
  'test/actions/large-folder.test.ts',
  'test/attacks/**/*.test.ts',
  'test/chaos/{chaos,mixed-releases}.test.ts',
  'test/cluster/**/*.test.ts',
  'test/compose/backup/{fence,restoring}.test.ts',
  'test/containers/{install,running}.test.ts',
  'test/e2e/agent-kills.test.ts',
  'test/e2e/agents.test.ts',
  'test/e2e/alerts.test.ts',
  'test/e2e/approvals.test.ts',
  'test/e2e/assigning.test.ts',
  'test/e2e/attempt-logs.test.ts',
  'test/e2e/audit.test.ts',
  'test/e2e/authority.test.ts',
  'test/e2e/backup.test.ts',
  'test/e2e/bridge.test.ts',
  'test/e2e/bundles.test.ts',
  'test/e2e/command-reports.test.ts',
  'test/e2e/crash.test.ts',
  'test/e2e/damage.test.ts',
  'test/e2e/demo.test.ts',
  'test/e2e/docs-site.test.ts',
  'test/e2e/erasure.test.ts',
  'test/e2e/event-kills.test.ts',
  'test/e2e/executions.test.ts',
  'test/e2e/failpoints.test.ts',
  'test/e2e/fence.test.ts',
  'test/e2e/file-queue.test.ts',
  'test/e2e/file-trigger.test.ts',
  'test/e2e/gallery-killed.test.ts',
  'test/e2e/gallery.test.ts',
  'test/e2e/github-action.test.ts',
  'test/e2e/github-action-limits.test.ts',
  'test/e2e/goals-of-the-seeds.test.ts',
  'test/e2e/goals.test.ts',
  'test/e2e/held-events.test.ts',
  'test/e2e/http-definitions.test.ts',
  'test/e2e/http-hooks.test.ts',
  'test/e2e/http-runs.test.ts',
  'test/e2e/http-serve.test.ts',
  'test/e2e/http-work.test.ts',
  'test/e2e/mail.test.ts',
  'test/e2e/mcp{,-conformance,-kills}.test.ts',
  'test/e2e/one-authority.test.ts',
  'test/e2e/one-document.test.ts',
  'test/e2e/one-name.test.ts',
  'test/e2e/outbound-events.test.ts',
  'test/e2e/package.test.ts',
  'test/e2e/python.test.ts',
  'test/e2e/quotas.test.ts',
  'test/e2e/readme.test.ts',
  'test/e2e/rebuild.test.ts',
  'test/e2e/retention.test.ts',
  'test/e2e/run-control.test.ts',
  'test/e2e/schedules.test.ts',
  'test/e2e/secrets.test.ts',
  'test/e2e/seeds.test.ts',
  'test/e2e/server-death.test.ts',
  'test/e2e/several-engines.test.ts',
  'test/e2e/shared-task.test.ts',
  'test/e2e/stations-page.test.ts',
  'test/e2e/stations-soak.test.ts',
  'test/e2e/stations.test.ts',
  'test/e2e/stratos.test.ts',
  'test/e2e/test-command.test.ts',
  'test/e2e/tutorials.test.ts',
  'test/e2e/what-if.test.ts',
  'test/e2e/worker-crowd.test.ts',
  'test/e2e/worker-kills.test.ts',
  'test/e2e/worker-programs.test.ts',
  'test/e2e/workers.test.ts',
  'test/e2e/worksets.test.ts',
  'test/engine/rehearsal/random-runs.test.ts',
  'test/engine/rehearsal/shipped.test.ts',
  'test/engine/stations/schedules.test.ts',
  'test/faults/**/*.test.ts',
  'test/file-queue/adversary.test.ts',
  'test/file-queue/rejected.test.ts',
  'test/file-queue/waiting-answers.test.ts',
  'test/gallery/{attacks,gallery}.test.ts',
  'test/machines/chart/statechart/bugs.test.ts',
  'test/machines/chart/statechart/many.test.ts',
  'test/machines/properties/bodies.test.ts',
  'test/machines/properties/graphs.test.ts',
  'test/machines/properties/nests.test.ts',
  'test/machines/properties/proof/*.test.ts',
  'test/machines/properties/waiting.test.ts',
  'test/machines/prover/candidates/definitions.test.ts',
  'test/machines/prover/coverage/choose.test.ts',
  'test/machines/prover/coverage/unreachable.test.ts',
  'test/machines/prover/deep/library.test.ts',
  'test/mutations/play-all.test.ts',
  'test/nats-server/provision-server.test.ts',
  'test/simulation/bugs/hunt.test.ts',
  'test/simulation/crash-points.test.ts',
  'test/stores/jetstream/facts.test.ts',
  'test/stores/jetstream/lost-answers.test.ts',
  'test/stores/jetstream/server-crash.test.ts',
  'test/stores/sqlite/run-sql.test.ts',
  'test/subprocess/{command-notes,process-group}.test.ts',
];
/** What takes long and is rarely broken: `npm run test:nightly`. CI leaves it out. What CI has of it is named. */
const rare = [
  // CI runs it by the program that the test stands for.
  'test/simulation/crash-points.test.ts',
  // The same contracts hold on one server and a good network.
  'test/cluster/{contract,rough}-*.test.ts',
  // Each of its faults by itself: test/faults, test/e2e/{crash,failpoints,one-authority}. Two releases: the simulator.
  'test/chaos/{chaos,mixed-releases}.test.ts',
  // Random ones of which `npm test` has some.
  'test/machines/chart/statechart/many.test.ts',
  'test/machines/properties/{bodies,graphs,nests,waiting}.test.ts',
  'test/machines/properties/proof/proof-many.test.ts',
  // Servers of a cluster that are there: test/cluster/product-{conf,doctor,replicas}.
  'test/cluster/product-election.test.ts',
  // Each demo with a clock of its own, in memory: test/cli/demo.
  'test/e2e/demo.test.ts',
  // Engines that are killed at every place, once each: test/e2e/{crash,failpoints}.
  'test/e2e/{event-kills,gallery-killed,stations-soak}.test.ts',
  // An index that is gone or another one's: test/stores/sqlite, test/compose/session/open-index.
  'test/e2e/rebuild.test.ts',
  // Ticks by a clock of the test: test/engine/{stations/schedules,triggers}.
  'test/e2e/schedules.test.ts',
  // Workers that live: test/e2e/{workers,worker-programs}. Those that die: test/stores/jetstream/work-crash.
  'test/e2e/worker-{crowd,kills}.test.ts',
  // Work over HTTP: test/http/work, test/stores/jetstream/passable-claims. Pages of stations: test/web, test/browser.
  'test/e2e/{http-work,stations-page,stratos}.test.ts',
  // Hostile files: test/file-queue/{names,rejected}.
  'test/file-queue/adversary.test.ts',
  // The doctor and the ledger on one server: test/compose/doctor, test/engine/board.
  'test/cluster/{ledger,product-doctor}.test.ts',
  // The ledger as such: test/machines/audit, test/compose/backup/ledger. Others at a store: test/nats-server/store-lock.
  'test/faults/{ledger,stopped,two-namespaces}.test.ts',
];
/** The same of what needs a browser. */
const rareInBrowser = ['test/browser/long-run.test.ts'];
const { LONG: wanted, BROWSER: inBrowser } = process.env;
const isRare = wanted === 'rare';
const left = ['node_modules/**', ...(wanted === 'all' ? [] : [...rare, ...rareInBrowser])];

/** What needs a Chromium, or tmux: `npm run test:browser`. CI installs both and runs it. */
const browser = ['test/browser/**/*.test.ts'];

/** Nothing that is tested here, or tests it, leaves anything behind in its modules: they are loaded once for all. */
const sharing = [
  'test/{api,cli,definitions,fences,file-queue,files,golden,http,http-task,importers,keys,lib}/**/*.test.ts',
  'test/{metrics,nats-server,operations,outgoing,project,sign-in,terminal,worker}/**/*.test.ts',
  'test/stores/{jetstream,memory}/**/*.test.ts',
  'test/{engine,events,machines,ports,projections,web}/**/*.test.ts',
];

const notNow = ['node_modules/**', ...rare, ...long, ...browser];
const apart =
  inBrowser === '1'
    ? { name: 'browser', include: browser, exclude: left }
    : { name: 'long', include: isRare ? rare : long, exclude: isRare ? [] : left };
const projects =
  wanted !== undefined || inBrowser === '1'
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
