import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunSecrets } from '../../src/ports/access/secrets.ts';

export type OpenRunSecrets = {
  readonly secrets: RunSecrets;
  /** The same store through a connection of its own, where there are connections. */
  readonly other: RunSecrets;
  readonly close: () => Promise<void>;
};

/** What every implementation of the secrets of runs promises. */
export function runSecretsContract(open: () => Promise<OpenRunSecrets>): void {
  let it: OpenRunSecrets;
  beforeEach(async () => {
    it = await open();
  });
  afterEach(() => it.close());

  test('gives back what was kept, to whoever works on the run', async () => {
    const values = { token: 'pä$s "w/rd"\n', account: { user: 'ana', pins: [1, null, true] }, empty: '' };
    await it.secrets.keep('run-1', values);

    expect(await it.other.of('run-1')).toEqual(values);
  });

  test('keeps the secrets of one run from another', async () => {
    await it.secrets.keep('run-1', { token: 'one' });
    await it.secrets.keep('run-2', { token: 'two' });

    expect([await it.secrets.of('run-1'), await it.secrets.of('run-2')]).toEqual([
      { token: 'one' },
      { token: 'two' },
    ]);
    expect(await it.secrets.of('run-3')).toEqual({});
  });

  test('keeps the last values that were given', async () => {
    await it.secrets.keep('run-1', { a: 'old', b: 'old' });
    await it.other.keep('run-1', { a: 'new' });

    expect(await it.secrets.of('run-1')).toEqual({ a: 'new' });
  });

  test('forgets', async () => {
    await it.secrets.keep('run-1', { token: 'one' });
    await it.secrets.keep('run-2', { token: 'two' });
    await it.secrets.forget('run-1');
    await it.secrets.forget('run-1');
    await it.secrets.forget('never-was');

    expect(await it.other.of('run-1')).toEqual({});
    expect(await it.other.of('run-2')).toEqual({ token: 'two' });
    await it.secrets.keep('run-1', { token: 'again' });
    expect(await it.other.of('run-1')).toEqual({ token: 'again' });
  });

  test.each(['', '*', '>', 'a.b', 'a b'])('refuses %j, which is no run id', async (run) => {
    await expect(it.secrets.keep(run, { token: 'one' })).rejects.toThrow(RangeError);
    await expect(it.secrets.of(run)).rejects.toThrow(RangeError);
    await expect(it.secrets.forget(run)).rejects.toThrow(RangeError);
  });
}
