import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadedDefinition, loadDefinition } from '../../machines/language/load-definition.ts';
import { formatProblems } from '../../machines/language/problem.ts';
import type { Scenario } from '../../machines/prover/explore/scenario.ts';
import { findProjectDir } from '../cli/invocation.ts';
import { differenceLines } from '../cli/test/report-text.ts';
import { schemaFiles } from '../project/schema-files.ts';
import { createRehearsals } from './rehearsal.ts';
import { type WrittenScenario, writtenScenario } from './written-scenario.ts';

export type { Scenario } from '../../machines/prover/explore/scenario.ts';
export type { WrittenScenario } from './written-scenario.ts';

/** Plays a scenario on the real engine. Rejects with an error that shows where the run went another way. */
export async function playScenario(definitionFile: URL | string, scenario: Scenario): Promise<void> {
  const definition = await load(definitionFile);
  const rehearsed = await createRehearsals().play(definition, fitted(scenario, definition));
  if (rehearsed.ok) return;

  throw new Error(`the run goes another way\n${differenceLines(scenario, rehearsed).join('\n')}`);
}

/** The scenario of a test is written down move by move, each followed by the records that it has to lead to. */
export function rehearse(definitionFile: URL | string): WrittenScenario {
  return writtenScenario((scenario) => playScenario(definitionFile, scenario));
}

async function load(file: URL | string): Promise<LoadedDefinition> {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const content = await readFile(path);
  const schemas = await schemaFiles(findProjectDir(dirname(path), undefined), content);
  const result = loadDefinition({ file: path, content, schemas });
  if (!result.ok) throw new Error(`${path} is no valid definition\n${formatProblems(result.problems)}`);

  return result.loaded;
}

/**
 * A definition may be changed after its scenarios were written down: what counts is what it does, and its hash is no
 * part of that.
 */
function fitted(scenario: Scenario, { ref }: LoadedDefinition): Scenario {
  const parts = scenario.parts.map(({ move, records }) => ({
    move,
    records: records.map((record) =>
      record.type === 'run.started' && typeof record.fact === 'object' && record.fact !== null
        ? { ...record, fact: { ...record.fact, definition: ref } }
        : record,
    ),
  }));

  return { ...scenario, definition: ref, parts };
}
