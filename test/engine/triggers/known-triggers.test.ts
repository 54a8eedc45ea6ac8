// Which triggers count: those of the current bundle, or of the highest version, as soon as it is so. Method: the
// memory store of definitions, with what goes wrong planted in it.
import { expect, test } from 'vitest';
import type { DefinitionRef } from '../../../events/run-events.ts';
import { bundleHash } from '../../../machines/bundle.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { createDraftDefinitions } from '../../../src/engine/draft-definitions.ts';
import { createKnownTriggers, type KnownTriggersDeps } from '../../../src/engine/triggers/known-triggers.ts';
import { DefinitionUnreadable } from '../../../src/ports/definitions/definition-store.ts';
import { createMemoryBundleStore } from '../../../src/stores/memory/bundle-store.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { settled } from '../node-world.ts';

function open(planted: Partial<KnownTriggersDeps['definitions']> = {}) {
  const definitions = createMemoryDefinitionStore();
  const read = { ...definitions, ...planted };
  const bundles = createMemoryBundleStore();
  const drafts = createDraftDefinitions(read);
  const clock = createManualClock();
  const troubles: string[] = [];
  const known = createKnownTriggers({
    definitions: read,
    drafts,
    bundles,
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
    register: async (...written: Parameters<typeof loaded>) => {
      const { ref, text } = loaded(...written);
      await definitions.register({ ref, text, file: 'a.yaml' });
      return ref;
    },
    edit: (...files: readonly Parameters<typeof loaded>[]) =>
      drafts.replace(files.map((written) => ({ loaded: loaded(...written), file: 'a.yaml' }))),
    publish: async (refs: readonly DefinitionRef[], ...without: readonly string[]) => {
      const bundle = {
        definitions: refs.map((ref) => ({ ...ref, file: 'a.yaml' })),
        files: [],
        needsFiles: [],
      };
      await bundles.keep(bundle, new Map());
      await bundles.publish({ hash: bundleHash(bundle), by: 'ana', at: '2026-01-31T09:00:00.000Z', without });
    },
  };
}

function loaded(id: string, version: number, triggers: string) {
  const content = `workflow: {id: ${id}, version: ${version}, triggers: [${triggers}], tasks: [{id: a, uses: noop}]}`;
  const read = loadDefinition({ file: 'a.yaml', content });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));

  return read.loaded;
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

test('what the current bundle holds counts in place of higher versions, and what it dropped counts no more', async () => {
  const { register, publish, names } = open();
  const one = await register('pay', 1, '{on: order.paid}');
  const two = await register('pay', 2, '{on: order.settled}');
  const book = await register('book', 1, '{on: book.it}');
  await register('beside', 1, '{on: beside}');
  await publish([two, book]);
  expect(await names()).toEqual(['beside@1 beside', 'book@1 book.it', 'pay@2 order.settled']);

  await publish([one], 'book');
  expect(await names()).toEqual(['beside@1 beside', 'pay@1 order.paid']);
  await register('pay', 3, '{on: order.new}');
  await register('book', 2, '{on: book.again}');
  expect(await names()).toEqual(['beside@1 beside', 'pay@1 order.paid']);
  await publish([two, book]);

  expect(await names()).toEqual(['beside@1 beside', 'book@1 book.it', 'pay@2 order.settled']);
});

test('a draft counts in place of what is published, whatever its version, as its file is now', async () => {
  const { register, edit, names, publish } = open();
  const ref = await register('pay', 3, '{on: order.paid}');
  await publish([ref]);
  expect(await names()).toEqual(['pay@3 order.paid']);
  edit(['pay', 5, '{on: order.placed}']);
  expect(await names()).toEqual(['pay@5 order.placed']);
  edit(['pay', 5, '{on: order.sent}']);
  expect(await names()).toEqual(['pay@5 order.sent']);

  edit(['pay', 1, '{on: order.sent}']);
  expect(await names()).toEqual(['pay@1 order.sent']);
  await register('pay', 4, '{on: order.refunded}');
  expect(await names()).toEqual(['pay@1 order.sent']);
});

test('a draft that is deleted or renamed starts nothing more, and what is published counts again', async () => {
  const { register, edit, names, changes } = open();
  await register('pay', 3, '{on: order.paid}');
  edit(['pay', 1, '{on: order.placed}'], ['book', 1, '{on: order.placed}']);
  expect(await names()).toEqual(['book@1 order.placed', 'pay@1 order.placed']);

  edit(['pay', 1, '{on: order.placed}'], ['tell', 1, '{on: order.placed}']);
  expect(await names()).toEqual(['pay@1 order.placed', 'tell@1 order.placed']);
  const before = changes();
  edit();
  expect(await names()).toEqual(['pay@3 order.paid']);
  expect(changes()).toBeGreaterThan(before);
});
