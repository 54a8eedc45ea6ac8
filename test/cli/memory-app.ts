// The real engine over the journal in memory, as the composition root would make it: everything but NATS. Every session
// of one app sees the same runs; an engine lives as long as its session, as in a process of its own.

import { knownFeatures } from '../../machines/feature-gates.ts';
import type { CliApp, CliSession, DoctorLine, OpenOptions, OpenPorts } from '../../src/cli/app.ts';
import { createDefinitionTests } from '../../src/compose/definition-tests.ts';
import { galleryOf } from '../../src/compose/gallery.ts';
import { createPerformers } from '../../src/compose/handlers.ts';
import { localWorld } from '../../src/compose/local-world.ts';
import { createRehearsals } from '../../src/compose/rehearsal.ts';
import { archiveHere } from '../../src/compose/session/open-archive.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { signingOf } from '../../src/compose/signing.ts';
import { systemClock as clock } from '../../src/compose/system-clock.ts';
import { createAbsences } from '../../src/engine/absences.ts';
import { createBoard } from '../../src/engine/board/board.ts';
import { byCurrentBundle } from '../../src/engine/bundled-definitions.ts';
import { createNode } from '../../src/engine/cluster/node.ts';
import { createErasures } from '../../src/engine/erasing.ts';
import { createGoals } from '../../src/engine/goals/goals.ts';
import { createFailureTriage } from '../../src/engine/queries/failure-triage.ts';
import { createCharts } from '../../src/engine/run-reader/charts.ts';
import { createRunRows } from '../../src/engine/run-reader/run-cache.ts';
import { createRunReader } from '../../src/engine/run-reader/run-reader.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { importConductor } from '../../src/importers/conductor/import-conductor.ts';
import { createKeyRing } from '../../src/keys/key-ring.ts';
import { createSigningKeys } from '../../src/keys/project-keys.ts';
import type { DefinitionStore } from '../../src/ports/definitions/definition-store.ts';
import { readEnterprise } from '../../src/project/enterprise-file.ts';
import { createErasureList } from '../../src/project/erasure-list.ts';
import { createLayout } from '../../src/project/layout.ts';
import { createOwner } from '../../src/project/owner-token.ts';
import { createProjectDefinitions } from '../../src/project/project-definitions.ts';
import { createTokensFile } from '../../src/project/tokens-file.ts';
import { createRunBook } from '../../src/projections/run/run-book.ts';
import { createMemoryBundleStore } from '../../src/stores/memory/bundle-store.ts';
import { createMemoryCommandChannel } from '../../src/stores/memory/command-channel.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';
import { createMemoryEventPublisher } from '../../src/stores/memory/event-publisher.ts';
import { createMemoryJournal } from '../../src/stores/memory/journal.ts';
import { createMemoryKpiRecords } from '../../src/stores/memory/kpi-records.ts';
import { createMemoryLeases } from '../../src/stores/memory/leases.ts';
import { createMemoryMarkStore } from '../../src/stores/memory/mark-store.ts';
import { createMemoryWork } from '../../src/stores/memory/work-queue.ts';
import { indexedJournal, noSql } from '../support/indexed.ts';
import { memoryBundles } from '../support/memory-bundles.ts';
import { memoryRetention } from '../support/memory-retention.ts';
import { createMemoryStores } from '../support/memory-stores.ts';
import { testsHere } from '../support/tests-here.ts';
import { type MemoryAgents, openMemoryDesk } from './memory-desk.ts';
import { createMemoryTriggers, type MemoryTriggers, openMemoryTriggers } from './memory-triggers.ts';

export type MemoryApp = CliApp & {
  readonly journal: ReturnType<typeof createMemoryJournal>;
  readonly staff: MemoryAgents;
  readonly kept: MemoryTriggers;
  readonly definitions: DefinitionStore;
};

export function createMemoryApp(checks: readonly DoctorLine[] = []): MemoryApp {
  const journal = createMemoryJournal(clock);
  const stores = createMemoryStores();
  const bundles = createMemoryBundleStore();
  const definitions = byCurrentBundle(createMemoryDefinitionStore(), bundles);
  const leases = createMemoryLeases(clock);
  const commands = createMemoryCommandChannel(clock);
  const events = createMemoryEventPublisher();
  const staff = { work: createMemoryWork(clock), clock, marks: new Map(), depths: new Map() };
  const kept = createMemoryTriggers();
  const absences = createAbsences(createMemoryMarkStore(), clock);
  let sessions = 0;

  async function openSession({ projectDir, engine }: OpenOptions): Promise<CliSession> {
    sessions += 1;
    const parts = {
      ...stores,
      journal,
      clock,
      definitions,
      commands,
      newRunId,
      absences,
      answerTimeoutMs: 5_000,
    };
    const node =
      engine === 'none'
        ? undefined
        : await createNode({
            ...parts,
            leases,
            performers: createPerformers({ events, clock }),
            outputs: { write: () => Promise.resolve() },
            projectDir,
            concurrencyMax: 8,
            startNoticeMs: 25,
            holder: { node: `test-${sessions}`, host: 'test', pid: sessions, understands: knownFeatures },
            isDead: () => false,
            onChange: () => {},
            onTrouble: () => {},
          });

    return {
      workflows: createWorkflows(node === undefined ? parts : { ...parts, node }),
      server: { url: 'memory', version: '0', source: 'test' },
      close: async () => node?.stop(),
    };
  }

  async function openPorts(projectDir: string): Promise<OpenPorts> {
    const session = await openSession({ projectDir, engine: 'none' });
    const board = createBoard({ ...indexedJournal(journal), clock, onTrouble: () => undefined });
    const agents = await openMemoryDesk(staff, projectDir);
    const triggers = await openMemoryTriggers(
      { ...kept, events, leases, clock, definitions, journal },
      projectDir,
    );
    const layout = createLayout();
    const parts = [board, agents, triggers, layout, session];

    return {
      ports: {
        ...{ workflows: session.workflows, board, agents, triggers, layout, clock, readOnly: false },
        rows: createRunRows(journal, board, createRunBook),
        definitionFiles: createProjectDefinitions({ projectDir }),
        bundles: memoryBundles(projectDir, { store: bundles }),
        gallery: galleryOf({ projectDir }, testsHere),
        world: () => localWorld(projectDir),
        tests: createDefinitionTests(clock, projectDir),
        triage: createFailureTriage(createMemoryMarkStore()),
        absences,
        goals: createGoals({
          ...{ journal, clock, kpis: createMemoryKpiRecords() },
          reader: createRunReader({ journal, charts: createCharts(definitions) }),
          enterprise: () => readEnterprise(projectDir),
        }),
        erasures: createErasures({
          ...{ workflows: session.workflows, clock, namespace: 'test', subjectKeys: stores.subjectKeys },
          masterKeys: createKeyRing(projectDir),
          reader: createRunReader({ journal, charts: createCharts(definitions) }),
          signing: createSigningKeys(projectDir),
          erasureList: createErasureList(projectDir, 'test'),
        }),
        retention: memoryRetention({ journal, definitions, clock, stores }),
        importer: () => Promise.resolve(importConductor),
        sql: noSql,
        doctor: () => Promise.resolve(checks),
        project: { dir: projectDir, namespace: 'test', version: '0' },
      },
      close: async () => {
        for (const part of parts) await part.close();
      },
    };
  }

  return {
    definitionFiles: (projectDir) => Promise.resolve(createProjectDefinitions({ projectDir })),
    gallery: (projectDir, cwd) => Promise.resolve(galleryOf({ projectDir, cwd }, testsHere)),
    world: localWorld,
    registered: () => Promise.resolve(undefined),
    journal,
    staff,
    kept,
    definitions,
    open: openSession,
    runs: async (projectDir) => {
      const { workflows, close } = await openSession({ projectDir, engine: 'none' });
      return { runs: workflows.runs, surroundings: () => workflows.surroundings(), close };
    },
    isNew: () => Promise.resolve(false),
    isUp: () => Promise.resolve(false),
    servers: () => Promise.resolve([]),
    serve: () => Promise.resolve(),
    dev: () => Promise.resolve(),
    work: () => Promise.resolve(),
    mcp: () => Promise.resolve(),
    watch: async (projectDir) => {
      const { ports, close } = await openPorts(projectDir);
      return { ...ports, namespace: 'test', url: () => Promise.resolve(undefined), close };
    },
    ports: openPorts,
    down: () => Promise.resolve('not-running'),
    downUnlessUsed: () => Promise.resolve('not-running'),
    natsConfig: () => Promise.reject(new Error('there is no server to configure')),
    backup: () => Promise.reject(new Error('there is no server to copy')),
    restore: () => Promise.reject(new Error('there is no server to restore to')),
    fence: () => Promise.reject(new Error('there is no server to fence')),
    drill: () => Promise.reject(new Error('there is no server to copy')),
    doctor: () => Promise.resolve(checks),
    rehearsals: () => Promise.resolve(createRehearsals()),
    importer: () => Promise.resolve(importConductor),
    layout: () => Promise.resolve(createLayout()),
    signing: (projectDir) => Promise.resolve(signingOf(projectDir)),
    archive: (projectDir) => Promise.resolve(archiveHere(projectDir)),
    access: (projectDir) => Promise.resolve(createTokensFile({ projectDir, clock })),
    owner: (projectDir) => {
      const { token, link } = createOwner({ projectDir, clock });
      return Promise.resolve({
        token,
        link: () => link('http://127.0.0.1:7420/'),
        natsUrl: () => Promise.reject(new Error('there is no NATS server here')),
      });
    },
  };
}
