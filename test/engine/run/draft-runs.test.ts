// Beside what somebody edits, runs of what is published go by what is published: only a run of a draft has drafts for
// child runs and failure runs. Method: an engine on the journal in memory that knows drafts.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { createDraftDefinitions } from '../../../src/engine/draft-definitions.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register } from '../../support/engine-bench.ts';

const child = (word: string) => `workflow: {id: child, version: 1, tasks: [{id: ${word}, uses: noop}]}`;
const parent = (name: string) =>
  `workflow: {id: parent, version: 1, name: ${name}, tasks: [{id: call, type: SUB_WORKFLOW, workflow: child}]}`;
const failing = (name: string, failure: string) =>
  `workflow: {id: failing, version: 1, name: ${name}, failure_workflow: ${failure}, tasks: [{id: a, uses: noop}]}`;
const inline = '{id: mend, steps: [{id: tell, uses: noop}]}';

/** An engine where the first texts are registered, and the others are what stands in files. */
async function opened(registered: readonly string[], edited: readonly string[]) {
  const definitions = createMemoryDefinitionStore();
  for (const text of registered) await register(definitions, chartOfText(text), text);
  const drafts = createDraftDefinitions(definitions);
  drafts.replace(
    edited.flatMap((content) => {
      const read = loadDefinition({ file: 'a.yaml', content });
      return read.ok ? [{ loaded: read.loaded, file: 'a.yaml' }] : [];
    }),
  );
  for (const text of edited) await drafts.definitions.byHash(chartOfText(text).ref.hash);
  const stage = createStage({ definitions, drafts });
  const started = (run: string, text: string) =>
    stage.engine.startRun({ run, chart: chartOfText(text), input: {}, actor: 'test' });

  return { ...stage, definitions, started };
}

test('the child run of a published run is of the published version, that of a draft of the draft', async () => {
  const published = [parent('published'), child('pack')] as const;
  const edited = [parent('edited'), child('ship')] as const;
  const { started, untilRun } = await opened(published, edited);
  for (const [text, expected] of [published, edited]) {
    const run = `of-${chartOfText(text).ref.hash.slice(0, 8)}`;
    await started(run, text);
    const { state } = await untilRun(run, ({ state }) => state.tasks['call']?.child !== undefined);
    expect(state.tasks['call']?.child?.definition).toEqual(chartOfText(expected).ref);
  }
});

/** The definition of the failure run of a run that fails. */
async function failureOf({ started, attempt, untilRun }: Awaited<ReturnType<typeof opened>>, text: string) {
  const run = `of-${chartOfText(text).ref.hash.slice(0, 8)}`;
  await started(run, text);
  (await attempt(`${run}/a#1`)).fail('disk.full', false);
  const { state } = await untilRun(run, (one) => one.state.failureRun !== undefined);
  const failure = await untilRun(state.failureRun?.run ?? '', () => true);

  return failure.state.definition;
}

test('so is a failure run', async () => {
  const published = [failing('published', '{id: child}'), child('pack')] as const;
  const edited = [failing('edited', '{id: child}'), child('ship')] as const;
  const world = await opened(published, edited);
  for (const [text, expected] of [published, edited])
    expect(await failureOf(world, text)).toEqual(chartOfText(expected).ref);
});

test('a failure workflow that is written in a definition is registered for a published run alone', async () => {
  const [published, edited] = [failing('published', inline), failing('edited', inline)];
  const world = await opened([published], [edited]);
  const registered = async () => (await world.definitions.list()).map(({ ref }) => ref.id).sort();
  expect(await failureOf(world, edited)).toMatchObject({ id: 'mend' });
  expect(await registered()).toEqual(['failing']);

  expect(await failureOf(world, published)).toMatchObject({ id: 'mend' });
  expect(await registered()).toEqual(['failing', 'mend']);
});
