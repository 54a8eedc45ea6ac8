import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LedgerFile } from '../../src/ports/runs/ledger.ts';

export type OpenLedgerFile = {
  readonly file: LedgerFile;
  /** The same file as another process reaches it. */
  readonly other: LedgerFile;
  readonly close: () => Promise<void>;
};

/** What every implementation of the file of a ledger promises. */
export function ledgerFileContract(open: () => Promise<OpenLedgerFile>): void {
  let it: OpenLedgerFile;
  beforeEach(async () => {
    it = await open();
  });
  afterEach(() => it.close());
  const lines = async (file: LedgerFile) => (await file.read()).filter((line) => line !== '');

  test('a file that nobody wrote to is empty', async () => {
    expect(await it.file.read()).toEqual([]);
  });

  test('what several processes append stands in its order, for each of them', async () => {
    await it.file.append(['one', 'two']);
    await it.other.append(['three']);

    expect(await lines(it.file)).toEqual(['one', 'two', 'three']);
    expect(await lines(it.other)).toEqual(['one', 'two', 'three']);
  });

  test('the version is another one whenever somebody wrote, and tells who appends whether anybody else did', async () => {
    const empty = await it.file.version();
    const { before, after } = await it.file.append(['one']);
    expect(before).toBe(empty);
    expect(await it.other.version()).toBe(after);
    await it.other.append(['two']);

    expect((await it.file.append(['three'])).before).not.toBe(after);
  });

  test('a file that is rewritten holds what was given in its place, and has another version', async () => {
    const { after } = await it.file.append(['one', 'two']);
    await it.other.rewrite(['all']);

    expect((await lines(it.file)).at(-1)).toBe('all');
    expect(await it.file.version()).not.toBe(after);
    await it.file.append(['later']);
    expect((await lines(it.other)).slice(-2)).toEqual(['all', 'later']);
  });
}
