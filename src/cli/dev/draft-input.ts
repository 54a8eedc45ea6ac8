import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isBlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../../machines/definition.ts';
import { checkInput } from '../../../machines/language/check-input.ts';
import type { FolderDefinition } from '../../ports/definitions/definitions-folder.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';
import { shownInput } from '../../projections/run/run-document.ts';
import { shortId } from '../../terminal/render/short-id.ts';
import type { CliIo } from '../app.ts';
import { secretsFromEnv } from '../start/read-input.ts';

type Input = Readonly<Record<string, Json>>;

/** What a draft is started with. `from`: where that is taken from, in words; empty where it is from nowhere. */
export type DraftInput = { readonly input: Input; readonly from: string };

type Sources = { readonly workflows: Workflows; readonly io: CliIo; readonly projectDir: string };

/**
 * The input of the run that was started last, else that of the first case of the test file, else the defaults: the
 * first that fits the draft. Resolves with what is missing where none does.
 */
export async function draftInput(
  { loaded: { definition }, file }: FolderDefinition,
  sources: Sources,
): Promise<DraftInput | { readonly problems: readonly string[] }> {
  const secrets = secretsFromEnv(definition.input, sources.io.env);
  let problems: readonly string[] = [];
  for (const find of [lastInput, firstCase, async () => ({ input: {}, from: '' })]) {
    const found = await find(definition, { ...sources, file });
    if (found === undefined) continue;
    const checked = checkInput(definition, { ...known(definition, found.input), ...secrets });
    if (checked.ok) return { input: checked.input, from: found.from };
    problems = checked.problems.map(({ message }) => message);
  }

  return { problems };
}

/** An input that the draft has no more is left out. */
function known({ input }: Definition, given: Input): Input {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => Object.hasOwn(input, name) && input[name]?.secret !== true),
  );
}

async function lastInput(
  { id: definition }: Definition,
  { workflows }: Sources,
): Promise<DraftInput | undefined> {
  const filter = { definition, isPart: false, isDamaged: false };
  const [latest] = await workflows.runs.page({ filter, order: 'started', limit: 1 });
  const view = latest === undefined ? undefined : await workflows.view(latest.run).catch(() => undefined);
  const input = view === undefined ? {} : await readWhole(workflows, shownInput(view));

  return view === undefined || Object.keys(input).length === 0
    ? undefined
    : { input, from: `the input of ${shortId(view.run)}` };
}

/** With what is too large for the journal; what is not stored any more is left out. */
async function readWhole(workflows: Pick<Workflows, 'blob'>, input: Input): Promise<Input> {
  const read = Object.entries(input).map(async ([name, value]): Promise<readonly [string, Json][]> => {
    if (!isBlobRef(value)) return [[name, value]];
    const text = await workflows.blob(value.$blob.digest);

    return text === undefined ? [] : [[name, JSON.parse(text) as Json]];
  });

  return Object.fromEntries((await Promise.all(read)).flat());
}

async function firstCase(
  _definition: Definition,
  { projectDir, file }: Sources & { readonly file: string },
): Promise<DraftInput | undefined> {
  const cases = file.replace(/\.(ya?ml|json)$/i, '.test.yaml');
  const content = await readFile(join(projectDir, cases)).catch(() => undefined);
  if (content === undefined) return undefined;
  const { loadCases } = await import('../../../machines/prover/cases/load-cases.ts');
  const loaded = loadCases({ file: cases, content });
  const [first] = loaded.ok ? loaded.cases : [];

  return first === undefined ? undefined : { input: first.input, from: `the first case of ${cases}` };
}
