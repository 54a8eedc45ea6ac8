// Which triggers count: those of the highest version of each definition, as soon as it is registered. Method: the
// memory store of definitions, with what goes wrong planted in it.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { createKnownTriggers, type KnownTriggersDeps } from '../../../src/engine/triggers/known-triggers.ts';
import { DefinitionUnreadable } from '../../../src/ports/definitions/definition-store.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { settled } from '../node-world.ts';

function open(planted: Partial<KnownTriggersDeps['definitions']> = {}) {
  const definitions = createMemoryDefinitionStore();
  const clock = createManualClock();
  const troubles: string[] = [];
  const known = createKnownTriggers({
    definitions: { ...definitions, ...planted },
    clock,
    onTrouble: (error) => troubles.push(error instanceof Error ? error.message : String(error)),
  });
  let changes = 0;
  known.onChange(() => {
    changes += 1;
  });

  return {
    definitions,
    clock,
    known,
    troubles,
    changes: () => changes,
    names: async () => {
      await known.settled();
      return known.all().map(({ ref, compiled }) => `${ref.id}@${ref.version} ${compiled.id}`);
    },
    register: async (id: string, version: number, triggers: string) => {
      const content = `workflow: {id: ${id}, version: ${version}, triggers: [${triggers}], tasks: [{id: a, uses: noop}]}`;
      const read = loadDefinition({ file: 'a.yaml', content });
      if (!read.ok) throw new Error(JSON.stringify(read.problems));
      await definitions.register({ ref: read.loaded.ref, text: content, file: 'a.yaml' });
    },
  };
}

test('those of the highest version count, in whatever order the versions come', async () => {
  const { register, names, known, changes } = open();
  await register('pay', 2, '{on: order.paid}, {on: order.refunded}');
  await register('pay', 1, '{on: order.placed}');
  await register('book', 1, '{id: nightly, cron: "0 2 * * *"}');

  expect(await names()).toEqual(['book@1 nightly', 'pay@2 order.paid', 'pay@2 order.refunded']);
  expect(known.ofEvent('order.paid').map(({ ref }) => ref.id)).toEqual(['pay']);
  expect([known.ofEvent('order.placed'), known.ofEvent('nightly')]).toEqual([[], []]);
  expect(changes()).toBe(2);
});

test('a higher version without triggers takes them away, and one that never had any changes nothing', async () => {
  const { register, names, changes } = open();
  await register('quiet', 1, '');
  await register('pay', 1, '{on: order.paid}');
  expect(await names()).toEqual(['pay@1 order.paid']);
  await register('pay', 2, '');

  expect(await names()).toEqual([]);
  expect(changes()).toBe(2);
});

test('a definition that cannot be read is told of and left out, and the others count', async () => {
  const { register, names, troubles, definitions } = open({
    byHash: async (hash) => {
      const stored = await definitions.byHash(hash);
      if (stored?.ref.id === 'damaged') throw new DefinitionUnreadable(hash);
      if (stored?.ref.id === 'newer') return { ...stored, text: stored.text.replace('order.paid', '%') };
      return stored?.ref.id === 'lost' ? undefined : stored;
    },
  });
  for (const id of ['damaged', 'newer', 'lost', 'sound']) await register(id, 1, '{on: order.paid}');

  expect(await names()).toEqual(['sound@1 order.paid']);
  expect(troubles).toHaveLength(3);
  expect(troubles.join('\n')).toContain(
    'the triggers of lost version 1 do not count: its text is not stored',
  );
});

test('while the store does not answer nothing is taken for missing: whoever asks waits, and it is told once', async () => {
  let isDown = true;
  const { register, names, troubles, clock, definitions } = open({
    byHash: (hash) => (isDown ? Promise.reject(new Error('no leader')) : definitions.byHash(hash)),
  });
  await register('pay', 1, '{on: order.paid}');
  let found: readonly string[] | undefined;
  void names().then((all) => {
    found = all;
  });
  for (let second = 0; second < 5; second += 1) {
    await settled();
    clock.advance(1_000);
  }
  expect([found, troubles]).toEqual([undefined, ['no leader']]);
  isDown = false;
  clock.advance(1_000);

  await expect.poll(() => found).toEqual(['pay@1 order.paid']);
});
