// What we rely on when the server is a cluster of three, asked of the cluster itself. A new release of the server is
// accepted when these are green. Method: raw requests; the leader is killed where an election is needed.
import { NoRespondersError, RequestError, TimeoutError } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { freshNamespace } from '../stores/jetstream/open-jetstream.ts';
import { connectRaw, expecting, type RawAnswer, type RawClient } from '../stores/jetstream/raw-client.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';

const WRONG_POSITION = 10071;
const IN_PROCESS = 10164;
const RACES_MAX = 400;
const READS = 300;
const ELECTION_MS_MAX = 30_000;

let cluster: TestCluster;
let raws: readonly [RawClient, RawClient, RawClient];
let name: string;
beforeAll(async () => {
  cluster = await startTestCluster();
  raws = (await Promise.all(cluster.urls.map(connectRaw))) as [RawClient, RawClient, RawClient];
});
afterAll(async () => {
  await Promise.all(raws.map((raw) => raw.close()));
  await cluster.stop();
});
beforeEach(async () => {
  name = freshNamespace();
  const settings = { name, subjects: [`${name}.>`], num_replicas: 3, allow_direct: true, allow_atomic: true };
  const more = { allow_msg_ttl: true, subject_delete_marker_ttl: 60e9, max_msgs_per_subject: 1 };
  const { error } = await raws[0].api(`STREAM.CREATE.${name}`, { ...settings, ...more });
  expect(error).toBeUndefined();
  await cluster.leaderOf(name);
});

test('of three who write behind the same position one wins, and the others are told 10071 or, for a moment, 10164', async () => {
  const told = new Set<number>();
  for (let race = 0; race < RACES_MAX && !(told.has(IN_PROCESS) && told.has(WRONG_POSITION)); race++) {
    const subject = `${name}.${race}`;
    const first = (await raws[0].publish(subject, { header: expecting(0) })).seq ?? 0;
    const answers = await Promise.all(raws.map((raw) => raw.publish(subject, { header: expecting(first) })));
    const refusals = answers.flatMap(({ error }) => (error === undefined ? [] : [error]));

    expect(refusals).toHaveLength(2);
    for (const { err_code: code, description } of refusals) {
      told.add(code);
      // Only the answer that is final names the position.
      if (code === WRONG_POSITION) expect(description).toMatch(/^wrong last sequence: \d+$/);
    }
  }

  expect([...told].sort()).toEqual([WRONG_POSITION, IN_PROCESS]);
});

test('three servers look at the message id first, then at the position', async () => {
  const header = expecting(0, { 'Nats-Msg-Id': name });
  const { seq } = await raws[0].publish(`${name}.a`, { header });

  expect(await raws[1].publish(`${name}.a`, { header })).toMatchObject({ duplicate: true, seq });
  expect(await raws[2].publish(`${name}.b`, { header })).toMatchObject({ duplicate: true, seq });
});

test('the leader never gives back less than what was acknowledged, whomever it is asked through', async () => {
  for (let read = 0; read < READS; read++) {
    const writer = raws[read % 3] as RawClient;
    const reader = raws[(read + 1) % 3] as RawClient;
    const { seq } = await writer.publish(`${name}.${read % 7}`);

    expect(await reader.last(name, `${name}.${read % 7}`)).toMatchObject({ seq });
  }
});

test('what has ended is taken over by one of three who try', async () => {
  const header = { 'Nats-TTL': '1s' };
  const stored = await raws[0].publish(`${name}.a`, { header });
  const last = () => raws[0].last(name, `${name}.a`);
  const hasEnded = async (): Promise<boolean> => /Nats-Marker-Reason/.test((await last())?.headers ?? '');
  await expect.poll(hasEnded, { timeout: 20_000, interval: 20 }).toBe(true);
  const seq = (await last())?.seq ?? 0;
  const answers = await Promise.all(
    raws.map((raw) => raw.publish(`${name}.a`, { header: expecting(seq, header) })),
  );

  expect(seq).toBeGreaterThan(stored.seq ?? 0);
  expect(answers.filter(({ error }) => error === undefined)).toHaveLength(1);
});

test('while a leader is elected nobody listens, and the next one has all that was acknowledged', async () => {
  const { seq = 0 } = await raws[0].publish(`${name}.kept`, { body: 'acknowledged' });
  const leader = await cluster.leaderOf(name);
  const survivor = raws[(leader + 1) % 3] as RawClient;
  await cluster.servers[leader]?.kill9();

  const seen = new Set<string>();
  const deadline = performance.now() + ELECTION_MS_MAX;
  let answer: RawAnswer | undefined;
  while (answer?.seq === undefined && performance.now() < deadline) {
    const options = { header: expecting(0), timeoutMs: 300 };
    answer = await survivor.publish(`${name}.a`, options).catch((error: unknown) => {
      seen.add(kindOf(error));

      return undefined;
    });
    // The first message may be stored without an answer: then the next ones are refused.
    if (answer?.error?.err_code === WRONG_POSITION) break;
  }

  expect([...seen].filter((kind) => kind !== 'no responders' && kind !== 'timeout')).toEqual([]);
  expect(seen).toContain('no responders');
  expect(answer?.seq ?? answer?.error?.err_code).toBeGreaterThan(seq);
  const kept = await survivor.api(`STREAM.MSG.GET.${name}`, { seq });
  expect(Buffer.from(kept.message?.data ?? '', 'base64').toString()).toBe('acknowledged');
  await cluster.servers[leader]?.restart();
  await cluster.whole();
});

function kindOf(error: unknown): string {
  if (error instanceof TimeoutError) return 'timeout';
  if (error instanceof NoRespondersError) return 'no responders';

  return error instanceof RequestError && error.isNoResponders() ? 'no responders' : String(error);
}
