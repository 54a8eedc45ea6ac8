import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { type LoadedDefinition, loadDefinition } from '../../machines/language/load-definition.ts';
import type { Problem } from '../../machines/language/problem.ts';
import { CliFailure } from '../cli/cli-failure.ts';
import { writtenCases } from '../cli/test/named-definitions.ts';
import { PathRefused } from '../files/path-segments.ts';
import { resolveInProject } from '../files/project-path.ts';
import type { Clock } from '../ports/clock.ts';
import {
  CasesInvalid,
  type DefinitionTests,
  type ExploredDefinition,
  type PlayedDefinition,
  TestBusy,
  TestTooLong,
} from '../ports/definitions/definition-tests.ts';
import type { WrittenCases } from '../projections/definition/test-definition.ts';
import { systemClock } from './system-clock.ts';

/** What a thread that tests a definition is told. */
type Draft = {
  readonly how: 'played' | 'explored';
  readonly testedFile: string;
  readonly text: string;
  readonly cases: readonly WrittenCases[];
};

const scenesMax = 20_000;
/** There may be more ways through a definition than there is memory for: the engine keeps its own. */
const limits = { maxOldGenerationSizeMb: 512, stackSizeMb: 4 };

/**
 * `projectDir` is where cases are looked for. In a thread of its own: looking for all ways through a definition would
 * hold up the engine of this one.
 */
export function createDefinitionTests(clock: Clock, projectDir: string): DefinitionTests {
  let isBusy = false;
  async function alone<Result>(work: () => Promise<Result>): Promise<Result> {
    if (isBusy) throw new TestBusy();
    isBusy = true;
    try {
      return await work();
    } finally {
      isBusy = false;
    }
  }

  return {
    test: ({ file, text, limitMs }) =>
      alone(async () => {
        const cases = await draftCases(projectDir, { file, text });
        const late = new TestTooLong(file, limitMs, 'test');
        return inThread({ how: 'played', testedFile: file, text, cases }, (thread) =>
          reportOf<PlayedDefinition>(thread, clock, { limitMs, late }),
        );
      }),
    deepCheck: ({ file, text, limitMs }) =>
      alone(() => {
        const late = new TestTooLong(file, limitMs, 'check --deep');
        return inThread({ how: 'explored', testedFile: file, text, cases: [] }, (thread) =>
          reportOf<ExploredDefinition>(thread, clock, { limitMs, late }),
        );
      }),
  };
}

async function inThread<Result>(draft: Draft, work: (thread: Worker) => Promise<Result>): Promise<Result> {
  const thread = new Worker(fileURLToPath(import.meta.url), {
    workerData: draft,
    resourceLimits: limits,
    // It needs none of our credentials.
    env: {},
  });
  try {
    return await work(thread);
  } finally {
    await thread.terminate();
  }
}

function reportOf<Report>(
  thread: Worker,
  clock: Clock,
  { limitMs, late }: { readonly limitMs: number; readonly late: Error },
): Promise<Report> {
  const { promise, resolve, reject } = withResolvers<Report>();
  const cancel = clock.after(limitMs, () => reject(late));
  thread.once('message', (report: Report) => resolve(report));
  thread.once('error', (error) => reject(isOutOfMemory(error) ? late : error));
  // Whoever has told nothing and failed with nothing was ended by us.
  thread.once('exit', () => reject(late));

  return promise.finally(cancel);
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });

  return { promise, resolve, reject };
}

/** The text was checked before, so that there is nothing to be told where it is no definition. */
async function reportHere(draft: Draft): Promise<void> {
  const result = loadDefinition({ file: draft.testedFile, content: draft.text });
  if (!result.ok) return;
  parentPort?.postMessage(await (draft.how === 'played' ? played : explored)(draft, result.loaded));
}

async function played(
  { testedFile: file, cases }: Draft,
  loaded: LoadedDefinition,
): Promise<PlayedDefinition> {
  const [{ createRehearsals }, { testDefinition }, { testReport }] = await Promise.all([
    import('./rehearsal.ts'),
    import('../projections/definition/test-definition.ts'),
    import('../projections/definition/test-report.ts'),
  ]);
  const subject = { file, path: file, loaded, cases };
  const rehearsals = createRehearsals();
  const tested = await testDefinition(subject, { rehearsals, scenesMax, now: () => systemClock.now() });

  return testReport(tested);
}

async function explored({ testedFile: file }: Draft, loaded: LoadedDefinition): Promise<ExploredDefinition> {
  const [{ deepCheck }, { deepReport }] = await Promise.all([
    import('../../machines/prover/deep/deep-check.ts'),
    import('../projections/definition/deep-report.ts'),
  ]);

  return deepReport(deepCheck({ loaded, file, scenesMax }));
}

/** This file is also what the thread begins with. */
function isDraft(data: unknown): data is Draft {
  return typeof data === 'object' && data !== null && 'testedFile' in data && 'text' in data;
}

if (isDraft(workerData)) await reportHere(workerData);

/**
 * The cases that stand beside a definition in the project, as `workflow test` finds them. Nothing is looked for
 * outside of the project. Rejects with CasesInvalid.
 */
export async function draftCases(
  projectDir: string,
  { file, text }: { readonly file: string; readonly text: string },
): Promise<readonly WrittenCases[]> {
  const path = await resolveInProject(projectDir, file).catch((error: unknown) => {
    if (!(error instanceof PathRefused)) throw error;
  });
  const result = loadDefinition({ file, content: text });
  if (path === undefined || !result.ok || !existsSync(dirname(path))) return [];
  const subject = { path, definition: result.loaded.definition, isDraft: true };

  return writtenCases(subject, await realpath(projectDir)).catch((error: unknown) => {
    throw error instanceof CliFailure && error.code === 'cases.invalid'
      ? new CasesInvalid(error.message, (error.details?.data ?? []) as readonly Problem[])
      : error;
  });
}
