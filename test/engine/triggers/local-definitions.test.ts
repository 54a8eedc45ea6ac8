// Definitions of a project that start by themselves need nobody to register them. Method: definitions as they are
// written, and a store in memory.
import { beforeEach, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { createLocalDefinitions } from '../../../src/engine/triggers/local-definitions.ts';
import type { DefinitionStore } from '../../../src/ports/definitions/definition-store.ts';
import type { FolderDefinition } from '../../../src/ports/definitions/definitions-folder.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';

const triggered = 'triggers: [{on: some.event}], ';

let definitions: DefinitionStore;
let registered: string[];
let troubles: string[];

beforeEach(() => {
  definitions = createMemoryDefinitionStore();
  registered = [];
  troubles = [];
});

function from(body: string): FolderDefinition {
  const read = loadDefinition({ file: 'a.yaml', content: `workflow: {${body}}\n` });
  if (!read.ok) throw new Error(read.problems[0]?.message);

  return { loaded: read.loaded, file: 'a.yaml' };
}

function registering(planted: Partial<DefinitionStore> = {}) {
  return createLocalDefinitions({
    definitions: { ...definitions, ...planted },
    onRegistered: ({ loaded: { ref } }) => registered.push(`${ref.id}@${ref.version}`),
    onTrouble: (error) => troubles.push(error instanceof Error ? error.message : String(error)),
  });
}

const stored = async () => (await definitions.list()).map(({ ref }) => `${ref.id}@${ref.version}`).sort();
const noop = 'tasks: [{id: a, type: NOOP}]';

test('registers what has triggers, and before it what it starts runs of, but nothing else', async () => {
  const found = [
    from(`id: outer, version: 1, ${triggered}tasks: [{id: a, type: SUB_WORKFLOW, workflow: middle}]`),
    from(
      'id: middle, version: 1, tasks: [{id: a, type: SUB_WORKFLOW, workflow: inner@1}], failure_workflow: mend',
    ),
    from(`id: inner, version: 1, ${noop}`),
    from(`id: inner, version: 2, ${noop}`),
    from(`id: mend, version: 1, ${noop}`),
    from(`id: by-hand, version: 1, ${noop}`),
  ];
  await registering()(found);
  expect(registered).toEqual(['inner@1', 'mend@1', 'middle@1', 'outer@1']);
  expect(await stored()).toEqual(['inner@1', 'mend@1', 'middle@1', 'outer@1']);
});

test('what is registered already is not told of again, by nobody', async () => {
  const found = [from(`id: one, version: 1, ${triggered}${noop}`)];
  const register = registering();
  await register(found);
  await register(found);
  await registering()(found);
  expect(registered).toEqual(['one@1']);
});

test('a draft is no version: it is registered, and refused where its version has another text', async () => {
  const [free, taken] = [
    from(`id: one, version: 1, ${triggered}${noop}`),
    from(`id: two, version: 1, ${triggered}${noop}`),
  ];
  const other = from(`id: two, version: 1, name: other, ${noop}`).loaded;
  await definitions.register({ ref: other.ref, text: other.text, file: 'a.yaml' });
  for (const { loaded, file } of [free, taken])
    await definitions.keepDraft({ ref: loaded.ref, text: loaded.text, file });
  await registering()([taken, free]);
  expect(registered).toEqual(['one@1']);
  expect(troubles).toEqual([expect.stringContaining('raise its version to register the change')]);
});

test('a version without triggers takes them away', async () => {
  const register = registering();
  await register([from(`id: one, version: 1, ${triggered}${noop}`)]);
  await register([from(`id: one, version: 2, ${noop}`)]);
  expect(registered).toEqual(['one@1', 'one@2']);
});

test('a change without a higher version is told of once, and holds no other one up', async () => {
  const register = registering();
  await register([from(`id: one, version: 1, ${triggered}${noop}`)]);
  const found = [
    from(`id: one, version: 1, name: other, ${triggered}${noop}`),
    from(`id: two, version: 1, ${triggered}${noop}`),
  ];
  await register(found);
  await register(found);
  expect(troubles).toEqual([expect.stringContaining('raise its version to register the change')]);
  expect(registered).toEqual(['one@1', 'two@1']);
});

test('a store that does not answer is asked again with what is left', async () => {
  let answers = false;
  const register = registering({
    register: async (each) => {
      if (!answers) throw new Error('no server');
      await definitions.register(each);
    },
  });
  const found = [from(`id: one, version: 1, ${triggered}${noop}`)];
  await expect(register(found)).rejects.toThrow('no server');
  answers = true;
  await register(found);
  expect(registered).toEqual(['one@1']);
  expect(troubles).toEqual([]);
});
