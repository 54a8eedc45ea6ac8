// An input that is edited keeps the large values that the journal only refers to. Method: a journal in memory whose
// first record refers to a blob.
import { expect, test } from 'vitest';
import { sha256Hex } from '../../machines/hash.ts';
import { unclaimedInput } from '../../src/engine/input-edits.ts';
import { createMemoryBlobStore } from '../../src/stores/memory/blob-store.ts';
import { createMemoryJournal } from '../../src/stores/memory/journal.ts';
import { recordBody } from '../support/records.ts';

const text = JSON.stringify('large');
const other = JSON.stringify('of another run');
const refOf = (of: string) => ({ $blob: { digest: sha256Hex(of), bytes: of.length } });

async function world() {
  const [journal, blobs] = [createMemoryJournal(), createMemoryBlobStore()];
  for (const each of [text, other]) await blobs.put({ digest: sha256Hex(each), text: each });
  const { data } = JSON.parse(recordBody('run-a'));
  const definition = { id: 'orders', version: 1, hash: 'f'.repeat(64) };
  const fact = { run: 'run-a', definition, input: { file: refOf(text), count: 1 } };
  journal.plant({
    run: 'run-a',
    body: recordBody('run-a', { type: 'run.started', data: { ...data, fact } }),
  });

  return { reader: { entries: journal.read }, blobs };
}

test('a value that the input of the run has had is brought back', async () => {
  const input = { file: refOf(text), count: 2 };
  expect(await unclaimedInput(await world(), 'run-a', input)).toEqual({ file: 'large', count: 2 });
});

test('any other reference stays, so that nobody reads what is of other runs', async () => {
  const input = { file: refOf(other) };
  expect(await unclaimedInput(await world(), 'run-a', input)).toEqual(input);
});

test('an input without references is the same', async () => {
  const input = { count: 2 };
  expect(await unclaimedInput(await world(), 'run-a', input)).toBe(input);
});
