// A store of nats-server with many runs in many small blocks, made once, and copies of it with one block damaged.
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { openSession } from '../../src/compose/session/open-session.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { createRandom } from '../simulation/kernel/random.ts';
import { connectRaw } from '../stores/jetstream/raw-client.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';

const definitionText = `workflow:
  id: signed
  version: 1
  tasks:
    - { id: sign, type: HUMAN, wait_for_approval: true }
    - { id: countersign, type: HUMAN, wait_for_approval: true, depends_on: sign }
    - { id: seal, type: HUMAN, wait_for_approval: true, depends_on: countersign }
`;
const approvals = ['sign', 'countersign'];
const journalStream = 'WF_DEFAULT_JOURNAL';
/** Makes blocks of 32 KB where the server starts with it: else all that is here would be one block. */
const smallBlocksBytes = 100_000;

/** The last event of a run. */
export type LastEvent = { readonly position: number; readonly sequence: number; readonly hash: string };

export type WholeStore = {
  readonly folder: string;
  /** The project whose runs they are, as its engine left it. */
  readonly project: string;
  readonly runs: ReadonlyMap<string, LastEvent>;
  readonly remove: () => Promise<void>;
};

/** Runs that wait for a third signature, three events each. */
export async function makeStore(runCount: number): Promise<WholeStore> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-blocks-'));
  await mkdir(join(folder, 'project'));
  const server = await startTestServer();
  const before = process.env['NATS_URL'];
  try {
    await withSmallBlocks(server);
    process.env['NATS_URL'] = server.url;
    const runs = await fill(join(folder, 'project'), runCount);
    await takeAsOwnLedger(join(folder, 'project'));
    await server.end();
    await cp(server.storeDir, join(folder, 'store'), { recursive: true });
    await rm(join(folder, 'store', 'ports'), { recursive: true, force: true });

    return {
      folder: join(folder, 'store'),
      project: join(folder, 'project'),
      runs,
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  } finally {
    if (before === undefined) delete process.env['NATS_URL'];
    else process.env['NATS_URL'] = before;
    await server.stop();
  }
}

/** A ledger is of one address, and every case has another: it becomes that of the server that is the project's own. */
async function takeAsOwnLedger(project: string): Promise<void> {
  const folder = join(project, '.3ox', 'ledger');
  for (const name of await readdir(folder))
    await rename(join(folder, name), join(folder, name.replace(/^[0-9a-f]{12}-/, 'own-')));
}

async function withSmallBlocks(server: TestServer): Promise<void> {
  await (await connectJetStream({ url: server.url })).close();
  const limit = async (bytes: number): Promise<void> => {
    const raw = await connectRaw(server.url);
    const { config } = await raw.api(`STREAM.INFO.${journalStream}`);
    await raw.api(`STREAM.UPDATE.${journalStream}`, { ...config, max_bytes: bytes });
    await raw.close();
  };
  await limit(smallBlocksBytes);
  await server.restart();
  await limit(-1);
}

async function fill(projectDir: string, runCount: number): Promise<ReadonlyMap<string, LastEvent>> {
  const result = loadDefinition({ file: 'signed.yaml', content: Buffer.from(definitionText) });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const { loaded } = result;
  const session = await openSession({ projectDir, engine: 'embedded' }, () => undefined);
  const { workflows } = session;
  const started = await Promise.all(
    Array.from({ length: runCount }, () =>
      workflows.start({ definition: loaded, file: 'signed.yaml', input: {}, actor: 'ana' }),
    ),
  );
  for (const task of approvals)
    await Promise.all(
      started.map(({ run }) => workflows.command(run, { kind: 'approve', task, by: 'ana' }, 'ana')),
    );
  const runs = new Map<string, LastEvent>();
  for (const { run } of started) {
    const last = await session.stream.journal.last(run);
    if (last?.kind !== 'record') throw new Error(`${run} has no last record`);
    runs.set(run, { position: last.position, sequence: last.record.sequence, hash: last.record.hash });
  }
  await session.close();

  return runs;
}

/** One bit is turned over, or the file ends there; with the index that the server wrote when it ended, or without. */
export type Damage = {
  readonly seed: number;
  readonly kind: 'flip' | 'cut';
  readonly index: 'present' | 'absent';
};

/** Starts a server on a copy of the store with this damage. */
export async function startDamaged(
  store: WholeStore,
  damage: Damage,
): Promise<{ readonly server: TestServer; readonly what: string }> {
  const copy = await mkdtemp(join(tmpdir(), 'workflow-damaged-'));
  try {
    await cp(store.folder, copy, { recursive: true });
    const what = await harm(join(copy, 'jetstream', '$G', 'streams', journalStream, 'msgs'), damage);

    return { server: await startTestServer({ store: copy }), what };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function harm(messages: string, { seed, kind, index }: Damage): Promise<string> {
  const random = createRandom(seed);
  const blocks = (await readdir(messages)).filter((name) => name.endsWith('.blk')).sort();
  const block = random.pick(blocks);
  const content = await readFile(join(messages, block));
  const at = random.between(0, content.length - 1);
  const bit = random.between(0, 7);
  content[at] = (content[at] ?? 0) ^ (1 << bit);
  await writeFile(join(messages, block), kind === 'cut' ? content.subarray(0, at) : content);
  if (index === 'absent') await rm(join(messages, 'index.db'));

  return `${kind} ${seed}: ${block} at byte ${at}${kind === 'cut' ? '' : `, bit ${bit}`}, index ${index}`;
}

/** Turns over a bit in the body of the record at this position, or in the position that it names; no server may run. */
export async function harmRecord(
  storeDir: string,
  position: number,
  {
    stream = journalStream,
    part = 'body',
  }: { readonly stream?: string; readonly part?: 'body' | 'position' } = {},
): Promise<void> {
  const messages = join(storeDir, 'jetstream', '$G', 'streams', stream, 'msgs');
  for (const block of (await readdir(messages)).filter((name) => name.endsWith('.blk'))) {
    const content = await readFile(join(messages, block));
    for (let at = 0; at < content.length; ) {
      const length = content.readUInt32LE(at) & 0x7fffffff;
      // The sixth byte of the position makes it one that no stream ever had.
      const target = part === 'body' ? at + Math.floor(length / 2) : at + 4 + 5;
      if (content.readBigUInt64LE(at + 4) === BigInt(position)) {
        content[target] = (content[target] ?? 0) ^ (part === 'body' ? 1 : 8);
        return writeFile(join(messages, block), content);
      }
      at += length;
    }
  }
  throw new Error(`no block holds position ${position}`);
}
