// What leases make of an answer that only says "not now", which a cluster gives while two write the same key.
// Method: one server cannot be brought to give it, so that the answers of a connection are written down here.
import { expect, test } from 'vitest';
import { createJetStreamLeases } from '../../../src/adapters/jetstream/leases.ts';
import type { Link } from '../../../src/adapters/jetstream/link.ts';

const holder = { node: 'one', host: 'here', pid: 1 };
const notNow = { error: { code: 400, err_code: 10164, description: 'last sequence by subject in process' } };

function leasesAnswered(answers: readonly object[]) {
  const left = [...answers];
  const request = async () => {
    const answer = left.length > 1 ? left.shift() : left[0];
    return { json: () => answer };
  };
  const link = { connection: { request } } as unknown as Link;

  return createJetStreamLeases({ link, bucket: 'leases', restore: async () => undefined, ttlMs: 1_000 });
}

test('a lease is renewed when another write of its key was on the way', async () => {
  const leases = leasesAnswered([notNow, notNow, { seq: 7 }]);

  expect(await leases.renew('shard.1', holder, 6)).toBe(7);
});

test('a lease is not lost while the server cannot say who wrote last', async () => {
  const leases = leasesAnswered([notNow]);

  await expect(leases.renew('shard.1', holder, 6)).rejects.toMatchObject({ errCode: 10164 });
});
