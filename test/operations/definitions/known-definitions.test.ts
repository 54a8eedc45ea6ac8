// What is known of the definitions of a project, each text read once. Method: a store in memory, and no files.
import { expect, test } from 'vitest';
import { knownDefinitionsOf } from '../../../src/operations/definitions/known-definitions.ts';
import type { ProjectDefinitions } from '../../../src/ports/definitions/project-definitions.ts';
import type { Workflows } from '../../../src/ports/runs/workflows.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../../support/chart-of.ts';

const text = 'workflow: {id: orders, version: 1, tasks: [{id: a, uses: noop}]}';

test('who published a definition is known also where its draft was looked at before', async () => {
  const store = createMemoryDefinitionStore();
  const { ref } = chartOfText(text);
  const definition = { ref, text, file: 'orders.yaml' };
  const known = knownDefinitionsOf({
    workflows: { definitions: store.list, definitionOf: store.byHash } as unknown as Workflows,
    definitionFiles: { list: async () => [] } as unknown as ProjectDefinitions,
  });
  await store.keepDraft(definition);
  expect((await known.byHash(ref.hash))?.ref).toEqual(ref);

  const published = { by: 'ana', at: '2026-01-31T09:00:00.000Z' };
  await store.register({ ...definition, published });
  expect((await known.find('orders')).shown).toMatchObject({ source: 'registered', published });
  expect((await known.byHash(ref.hash))?.ref).toEqual(ref);
});
