// A run is carried away as one file and verified where there is neither its project nor its server. Method: runs on a
// real server by the real command line, the file damaged byte by byte as on a disk or by a hand, and verified offline.
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/program/program.ts';
import { createApp } from '../../src/compose/app.ts';
import { createTestIo } from '../cli/test-io.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';

let server: TestServer;
let project: string;
let elsewhere: string;

const paid = `
workflow:
  id: paid
  version: 1
  input: { required: [amount], properties: { token: { type: string, secret: true } } }
  tasks:
    - { id: bulk, timeout: 1m, run: { command: [node, -e, 'console.log(JSON.stringify({rows: Array(20000).fill("0123456789")}))'] } }
    - { id: agree, type: HUMAN, depends_on: bulk, approvers: { names: [ana] } }
`;

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'workflow-audit-'));
  elsewhere = await mkdtemp(join(tmpdir(), 'workflow-elsewhere-'));
  await mkdir(join(project, 'definitions'));
  await writeFile(join(project, 'definitions', 'paid.yaml'), paid);
  vi.stubEnv('NATS_URL', server.url);
  await cli('start definitions/paid.yaml --amount 7');
  await cli('approve @last agree --as ana');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  for (const folder of [project, elsewhere]) await rm(folder, { recursive: true, force: true });
});

async function cli(line: string, cwd = project) {
  const io = createTestIo({ cwd });
  const exit = await runCli(line.split(' '), createApp(), io);

  return { exit, out: io.out(), err: io.err() };
}

/** Verifies where nothing is but the file: no project, and no server that could be asked. */
async function verify(text: string | Uint8Array, ...more: readonly string[]) {
  await writeFile(join(elsewhere, 'run.json'), text);
  vi.stubEnv('NATS_URL', 'nats://127.0.0.1:1');
  try {
    const { exit, out } = await cli(['audit verify run.json --json', ...more].join(' '), elsewhere);
    return { exit, report: JSON.parse(out || '{}') };
  } finally {
    vi.stubEnv('NATS_URL', server.url);
  }
}

async function exported(...flags: readonly string[]): Promise<string> {
  const ran = await cli(['audit export @last --out run.json', ...flags].join(' '));
  expect(ran).toMatchObject({ exit: 0 });

  return readFile(join(project, 'run.json'), 'utf8');
}

test('an export holds all that a run was, large values included, and is verified elsewhere', async () => {
  const text = await exported();
  const { exit, report } = await verify(text);
  const { events } = JSON.parse((await cli('history @last --json')).out);

  expect({ exit, ok: report.ok, problems: report.problems }).toEqual({ exit: 0, ok: true, problems: [] });
  expect(report).toMatchObject({
    events: events.length,
    folded: events.length,
    status: 'COMPLETED',
    isSigned: false,
  });
  expect(Object.keys(JSON.parse(text).blobs)).toHaveLength(1);
  expect((await cli('audit export @last')).out.split('"exportedAt"')[1]?.slice(30)).toBe(
    text.split('"exportedAt"')[1]?.slice(30),
  );
  expect((await cli('audit verify run.json')).out).toContain(
    'unsigned: shows that it is consistent, not that it is whole',
  );
});

test('the exported run replays offline to the very state that it has on the server', async () => {
  const text = await exported();
  const [live] = JSON.parse((await cli('replay @last --json')).out).items;

  expect((await verify(text)).report).toMatchObject({ stateHash: live.stateHash, folded: live.events });
});

test('replay takes an export in the place of a run, up to an event, and against another definition', async () => {
  const text = await exported();
  const [live] = JSON.parse((await cli('replay @last --json')).out).items;
  const replayed = JSON.parse((await cli('replay --from-export run.json --json')).out);
  expect(replayed).toMatchObject({
    differing: 0,
    items: [{ stateHash: live.stateHash, status: 'COMPLETED' }],
  });
  const earlier = JSON.parse((await cli('replay --from-export run.json --until 2 --json')).out);
  expect(earlier.items).toMatchObject([{ events: 2, status: 'RUNNING' }]);
  expect(await cli('replay --from-export run.json --until 99')).toMatchObject({ exit: 4 });

  await writeFile(join(project, 'next.yaml'), paid.replace('names: [ana]', 'names: [ben]'));
  expect(await cli('replay --from-export run.json --against definitions/paid.yaml')).toMatchObject({
    exit: 0,
  });
  expect(await cli('replay --from-export run.json --against next.yaml')).toMatchObject({
    exit: 7,
    out: expect.stringContaining('needs more from event'),
  });
  await writeFile(join(project, 'run.json'), text.replace('"by\\":\\"ana', '"by\\":\\"eve'));
  expect(await cli('replay --from-export run.json')).toMatchObject({
    exit: 7,
    out: expect.stringContaining('[audit.edited]'),
  });
});

test.each([
  [
    'an edit',
    'audit.edited 3',
    (records: string[]) => records.splice(2, 1, records[2]?.replace('bulk', 'bull') ?? ''),
  ],
  ['a gap', 'audit.gap 3', (records: string[]) => records.splice(2, 1)],
  [
    'a swap',
    'audit.reordered 2',
    (records: string[]) => records.splice(1, 2, records[2] ?? '', records[1] ?? ''),
  ],
  ['a repetition', 'audit.repeated 2', (records: string[]) => records.splice(1, 0, records[1] ?? '')],
  ['a cut', 'audit.truncated 3', (records: string[]) => records.splice(2)],
])('%s in the records of a real run is named', async (_what, named, damage) => {
  const document = JSON.parse(await exported());
  const records = [...document.records];
  damage(records);
  const { exit, report } = await verify(JSON.stringify({ ...document, records }));

  expect(exit).toBe(7);
  expect(
    report.problems.map(({ code, sequence }: { code: string; sequence?: number }) => `${code} ${sequence}`),
  ).toContain(named);
});

test('a large value that was edited or taken away is named with its event', async () => {
  const document = JSON.parse(await exported());
  const [digest = ''] = Object.keys(document.blobs);
  const edited = { ...document, blobs: { [digest]: document.blobs[digest].replace('0123', '0124') } };

  expect((await verify(JSON.stringify(edited))).report.problems[0]).toMatchObject({ code: 'audit.blob' });
  expect((await verify(JSON.stringify({ ...document, blobs: undefined }))).report.problems[0]).toMatchObject({
    code: 'audit.blob',
  });
});

test('a signed export verifies with the public key alone, and with old keys after a rotation', async () => {
  const first = await exported('--sign');
  const [{ file: firstKey }] = JSON.parse((await cli('audit keys --json')).out).items;
  expect((await cli('audit keys rotate')).exit).toBe(0);
  const second = await exported('--sign');
  const { items } = JSON.parse((await cli('audit keys --json')).out);
  expect(items).toMatchObject([{ isCurrent: true }, { isCurrent: false, until: expect.any(String) }]);

  const [newKey, oldKey] = [join(project, items[0].file), join(project, firstKey)];
  expect(await verify(first, `--public-key ${oldKey}`)).toMatchObject({
    exit: 0,
    report: { isSigned: true },
  });
  expect(await verify(second, `--public-key ${newKey}`, `--public-key ${oldKey}`)).toMatchObject({ exit: 0 });
  expect((await verify(second, `--public-key ${oldKey}`)).report.problems).toMatchObject([
    { code: 'audit.unknown-key' },
  ]);
  expect((await verify(second)).report.problems).toMatchObject([{ code: 'audit.unknown-key' }]);
  await writeFile(join(project, 'first.json'), first);
  expect(await cli('audit verify first.json')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('whole'),
  });
});

test('a signed export of a real run is not whole after an edit of any byte that is tried', async () => {
  const bytes = Buffer.from(await exported('--sign'));
  const [{ file }] = JSON.parse((await cli('audit keys --json')).out).items;
  for (let sample = 0; sample < 20; sample += 1) {
    const edited = Buffer.from(bytes);
    const at = Math.floor((sample * bytes.length) / 20);
    edited.writeUInt8(edited.readUInt8(at) ^ 0x01, at);
    expect({ at, exit: (await verify(edited, `--public-key ${join(project, file)}`)).exit }).toEqual({
      at,
      exit: 7,
    });
  }
});

test('private keys are for their owner alone, and are not used where others could read them', async () => {
  await exported('--sign');
  const [{ key }] = JSON.parse((await cli('audit keys --json')).out).items;
  const path = join(project, '.3ox', 'audit-keys', `${key}.pem`);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const text = await readFile(path, 'utf8');
  await rm(path);
  await writeFile(path, text, { mode: 0o644 });

  expect(await cli('audit export @last --sign')).toMatchObject({
    exit: 1,
    out: '',
    err: expect.stringContaining('chmod 600'),
  });
  await cli('audit keys rotate');
});

test('a file that is none, or no export, is refused', async () => {
  expect(await cli('audit verify nowhere.json')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('nowhere.json'),
  });
  expect((await verify('hello')).report.problems).toMatchObject([{ code: 'audit.format' }]);
});
