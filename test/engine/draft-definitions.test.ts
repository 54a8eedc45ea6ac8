// Whoever edits a project wants what is in its files to count, and nothing to be registered. Method: a store in memory,
// the drafts over it, and what each answers.
import { expect, test } from 'vitest';
import type { DefinitionRef } from '../../events/run-events.ts';
import { type LoadedDefinition, loadDefinition } from '../../machines/language/load-definition.ts';
import { createDraftDefinitions } from '../../src/engine/draft-definitions.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';

function orders(version: number, task: string): LoadedDefinition {
  const content = `workflow: {id: orders, version: ${version}, tasks: [{id: ${task}, uses: notify}]}`;
  const read = loadDefinition({ file: 'orders.yaml', content });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));

  return read.loaded;
}

function open() {
  const store = createMemoryDefinitionStore();

  return { store, ...createDraftDefinitions(store) };
}

const stored = ({ ref, text }: LoadedDefinition) => ({ ref, text, file: 'orders.yaml' });
const file = (loaded: LoadedDefinition) => ({ loaded, file: 'orders.yaml' });

test('a draft counts before what is registered under its id, and only while it is there', async () => {
  const { store, definitions, replace } = open();
  const [registered, draft] = [orders(3, 'pack'), orders(1, 'ship')];
  await store.register(stored(registered));
  replace([file(draft)]);
  expect(await definitions.byId('orders')).toEqual(stored(draft));
  expect(await definitions.byId('orders', 3)).toEqual(stored(registered));

  replace([]);
  expect(await definitions.byId('orders')).toEqual(stored(registered));
});

test('of a draft that was found the text is kept, so that runs go by it, and no version is registered', async () => {
  const { store, definitions, replace } = open();
  const [first, edited] = [orders(1, 'pack'), orders(1, 'ship')];
  for (const draft of [first, edited]) {
    replace([file(draft)]);
    await definitions.byId('orders');
  }

  expect(await store.byHash(first.ref.hash)).toEqual(stored(first));
  expect(await store.byHash(edited.ref.hash)).toEqual(stored(edited));
  expect([await store.byId('orders'), await store.list()]).toEqual([undefined, []]);
});

test('what is registered here is kept as a draft, and a draft that nobody found leaves no trace', async () => {
  const { store, definitions, replace } = open();
  const [unfound, started] = [orders(1, 'pack'), orders(2, 'ship')];
  replace([file(unfound)]);
  await definitions.register(stored(started));

  expect(await store.byHash(started.ref.hash)).toEqual(stored(started));
  expect([await store.byHash(unfound.ref.hash), await store.list()]).toEqual([undefined, []]);
});

test('an id means a draft to a run of a draft alone, also where the draft has the number of a version', async () => {
  const { store, seenBy, replace } = open();
  const [registered, draft] = [orders(1, 'pack'), orders(1, 'ship')];
  await store.register(stored(registered));
  replace([file(draft)]);
  expect(await (await seenBy(registered.ref)).byId('orders')).toEqual(stored(registered));
  expect(await (await seenBy(draft.ref)).byId('orders')).toEqual(stored(draft));

  const published = orders(2, 'ship');
  await (await seenBy(published.ref)).register(stored(published));
  expect(await store.byId('orders', 2)).toBeUndefined();
  await store.register(stored(published));
  expect(await (await seenBy(published.ref)).byId('orders')).toEqual(stored(published));
});

test('who watches hears at each change which draft an id means: the highest of the files, and none of one that is gone', () => {
  const { watch, replace } = open();
  const [first, edited, second] = [orders(1, 'pack'), orders(1, 'ship'), orders(2, 'pack')];
  const told: (readonly DefinitionRef[])[] = [];
  const leaving = new AbortController();
  replace([file(first)]);
  watch((byId) => told.push([...byId.values()]), leaving.signal);
  for (const found of [[edited], [second, edited], [edited], []]) replace(found.map(file));
  leaving.abort();
  replace([file(first)]);

  expect(told).toEqual([[first.ref], [edited.ref], [second.ref], [edited.ref], []]);
});
