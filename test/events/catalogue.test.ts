// The catalogue is the language of the journal: names that read as facts, each once.
import { expect, test } from 'vitest';
import { catalogue, eventDefinition } from '../../events/catalogue.ts';

test('every type is named once, dotted and in the past tense', () => {
  const types = catalogue.map(({ type }) => type);

  expect(new Set(types).size).toBe(types.length);
  for (const type of types)
    expect(type).toMatch(/^[a-z-]+\.([a-z]+-)?([a-z]+ed|made|set|taken|rerun|heartbeat)$/);
});

test('a reader keeps what a newer writer added, and refuses what is missing', () => {
  const schema = eventDefinition('task.started')?.schema;

  expect(schema?.safeParse({ task: 'a', attempt: 1, worker: 'w', later: true }).success).toBe(true);
  expect(schema?.safeParse({ task: 'a', attempt: 0, worker: 'w' }).success).toBe(false);
  expect(eventDefinition('task.imagined')).toBeUndefined();
});
