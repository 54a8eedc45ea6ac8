// The list of approvals with thousands of them, in an engine with a heap of 128 MB that was just started. Method: one
// run is begun, its record is copied to the others, and the built program serves all of them.
import { expect, onTestFinished, test } from 'vitest';
import { signed } from '../../machines/run/record/record-text.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { type HttpStation, openHttpStation } from '../e2e/http-station.ts';

/** `.ci/nightly` takes 20,000. */
const runs = Number(process.env['WAITING_RUNS'] ?? 2_000);
const inFlightMax = 200;
const pageMax = 1_000;
/** A bound on hangs. */
const testMsMax = 15 * 60_000;

const asking = `workflow:
  id: asking
  version: 1
  tasks: [{ id: sign, type: HUMAN, wait_for_approval: true }]
`;

type Listed = {
  readonly items: readonly { readonly run: string }[];
  readonly total: number;
  readonly next?: string;
};

test(
  'all waiting approvals are listed by pages in a heap of 128 MB, and starts go on meanwhile',
  async () => {
    const heap = { NODE_OPTIONS: '--max-old-space-size=128' };
    const station = await openHttpStation({ 'definitions/asking.yaml': asking }, heap);
    onTestFinished(station.close);
    const first = await begun(station);
    const all = new Set([first, ...(await copiesOf(station, first))]);
    await station.restart();

    const listed: string[] = [];
    const started: string[] = [];
    let after: string | undefined;
    do {
      const query = after === undefined ? '' : `&after=${after}`;
      const { status, text, json } = await station.ask('GET', `approvals?limit=${pageMax}${query}`);
      expect(status, text.slice(0, 500)).toBe(200);
      const page = json() as Listed;
      listed.push(...page.items.map(({ run }) => run));
      after = page.next;
      if (started.length < 5) started.push(await begun(station));
    } while (after !== undefined);

    expect(new Set(listed).size).toBe(listed.length);
    const later = new Set(started);
    expect(new Set(listed.filter((run) => !later.has(run)))).toEqual(all);
    const counted = await station.ask('GET', 'approvals?limit=1');
    expect(counted.json()).toMatchObject({ total: runs + started.length });
  },
  testMsMax,
);

async function begun(station: HttpStation): Promise<string> {
  const { status, text, json } = await station.ask('POST', 'runs', { definition: 'asking' });
  expect(status, text).toBeLessThan(300);

  return (json() as { readonly run: string }).run;
}

/** A run that waits has one record: that it was started. */
async function copiesOf({ natsUrl }: HttpStation, pattern: string): Promise<readonly string[]> {
  const { journal, close } = await connectJetStream({ url: natsUrl, namespace: 'default' });
  try {
    const last = await journal.last(pattern);
    expect(last).toMatchObject({ kind: 'record', record: { sequence: 1 } });
    const body = last?.body.replace(/,"hash":"[0-9a-f]{64}"(?=,"id":)/, '') ?? '';
    const copies = Array.from({ length: runs - 1 }, newRunId);
    const left = copies.values();
    const copySome = async (): Promise<void> => {
      for (const run of left) {
        const copy = signed(body.replaceAll(pattern, run)).body;
        await journal.append({ run, id: `${run}/1`, body: copy, after: 0 });
      }
    };
    await Promise.all(Array.from({ length: inFlightMax }, copySome));

    return copies;
  } finally {
    await close();
  }
}
