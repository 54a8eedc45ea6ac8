// What is no answer to an open attempt is kept aside with its reason, and nothing else suffers. Method: one bad file
// after the other beside a task that is answered in the end; the real file system, a clock that is moved by hand.
import { execFileSync } from 'node:child_process';
import { link, mkdir, symlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { attemptKeyOf, type WorkItem } from '../../events/worker-protocol.ts';
import { answerText, filesOf, fileWorld, outbox } from './file-world.ts';

const name = 'response-run-1-scan_files.yaml';
const rejected = `${outbox}/rejected`;
const makePipe = 'mkfifo';

async function openTask() {
  const world = await fileWorld(['SCANNER', 'LOADER']);
  const files = filesOf(world.projectDir);
  const item = await world.offer();
  await world.until(() => files.has(outbox));

  return { ...world, files, item };
}

type Bad = readonly [what: string, text: (item: WorkItem) => string | Uint8Array, reason: RegExp];

const wrong: readonly Bad[] = [
  [
    'of an unknown run',
    (item) => answerText(item, { workflow_id: 'run-404' }),
    /answer.not-open: .* none is open/,
  ],
  ['of an unknown task', (item) => answerText(item, { task_id: 'fly' }), /answer.not-open/],
  ['of no run id', (item) => answerText(item, { workflow_id: '../../etc' }), /workflow_id: is no run id/],
  ['of another attempt', (item) => answerText(item, { attempt: 7 }), /attempt 1 is open here/],
  ['of another agent', (item) => answerText(item, { agent: 'LOADER' }), /is with SCANNER, not LOADER/],
  ['of a stranger', (item) => answerText(item, { agent: 'NOBODY' }), /answer.wrong-folder: NOBODY/],
  ['with a forged token', (item) => answerText(item, { token: 'guess' }), /report.token/],
  ['with an unknown status', (item) => answerText(item, { status: 'done' }), /header is wrong: status/],
  ['without an agent', (item) => answerText(item, { agent: undefined }), /header is wrong: agent/],
  ['with a prototype', (item) => answerText(item).replace('ok: 1', '__proto__: { x: 1 }'), /key __proto__/],
  ['with an infinite number', (item) => answerText(item).replace('ok: 1', 'ok: .inf'), /Infinity/],
  ['that is too large', () => 'x'.repeat(1024 * 1024 + 1), /1048577 bytes/],
];

const broken: readonly Bad[] = [
  ['that is empty', () => '', /it is empty/],
  ['that is no mapping', () => '- 1\n- 2\n', /no header/],
  ['that has no payload', (item) => answerText(item).split('payload')[0] ?? '', /no payload/],
  ['that is no YAML', () => 'header: [1, 2', /line 1/],
  ['that is no UTF-8', () => new Uint8Array([0xff, 0xfe, 0x41]), /no UTF-8/],
  ['that is nested 10,000 deep', () => '['.repeat(10_000), /nesting/],
];

test.each([...wrong, ...broken])('an answer %s is set aside with its reason', async (_, text, reason) => {
  const { files, item, engine, until } = await openTask();
  await files.write(`${outbox}/${name}`, text(item));
  await until(() => files.has(`${rejected}/${name}.1`));

  expect(await files.text(`${rejected}/${name}.1.reason.txt`)).toMatch(reason);
  expect(await files.names(outbox)).toEqual(['rejected']);
  await files.write(`${outbox}/${name}`, answerText(item));
  await until(() => engine.results.size === 1);
});

test('a file that is broken is left for half a minute, and read when it is mended meanwhile', async () => {
  const { files, item, engine, clock, until } = await openTask();
  const whole = answerText(item);
  await files.write(`${outbox}/${name}`, whole.slice(0, 60));
  const before = clock.now();
  // Two that are refused one after the other: by then the folder has been looked into with the broken one settled.
  for (const other of ['response-x.yaml', 'response-y.yaml']) {
    await files.write(`${outbox}/${other}`, answerText(item, { attempt: 7 }));
    await until(() => files.has(`${rejected}/${other}.1`), 25);
  }
  expect(clock.now() - before).toBeLessThan(30_000);
  expect(await files.has(`${outbox}/${name}`)).toBe(true);
  await files.write(`${outbox}/${name}`, whole);

  await until(() => engine.results.size === 1);
});

test('a second answer is kept aside: the first one counts', async () => {
  const { files, item, engine, until } = await openTask();
  await files.write(`${outbox}/${name}`, answerText(item, {}, { first: true }));
  await until(() => engine.results.size === 1);
  await files.write(`${outbox}/${name}`, answerText(item, {}, { second: true }));
  await until(() => files.has(`${rejected}/${name}.1`));

  expect(engine.results.get(attemptKeyOf(item))).toBe('{"first":true}');
  expect(await files.text(`${rejected}/${name}.1.reason.txt`)).toMatch(/answer.not-open/);
});

test('links, pipes and folders are set aside unread', async () => {
  const { files, item, engine, until } = await openTask();
  await files.write('secret.yaml', answerText(item));
  await symlink(files.at('secret.yaml'), files.at(`${outbox}/response-a.yaml`));
  await link(files.at('secret.yaml'), files.at(`${outbox}/response-b.yaml`));
  await mkdir(files.at(`${outbox}/response-c.yaml`));
  execFileSync(makePipe, [files.at(`${outbox}/response-d.yaml`)]);
  await until(async () => (await files.names(rejected)).length === 8);

  expect(await files.text(`${rejected}/response-a.yaml.1.reason.txt`)).toMatch(/it is a link/);
  expect(await files.text(`${rejected}/response-b.yaml.1.reason.txt`)).toMatch(/hard link/);
  expect(engine.heard).toEqual([]);
});

test('what lies in the folder for others stays', async () => {
  const { files, item, engine, until } = await openTask();
  const others = {
    'result-first-aid.yaml': 'header: { task: x }\npayload: {}\n',
    'README.md': '# out',
    'x.yaml': '{',
  };
  for (const [file, text] of Object.entries(others)) await files.write(`${outbox}/${file}`, text);
  await files.write(`${outbox}/${name}`, answerText(item));
  await until(() => engine.results.size === 1);

  await until(async () => (await files.names(outbox)).length === 3);
  expect(await files.names(outbox)).toEqual(Object.keys(others).sort());
});

test('the same bad name again and again loses none of the files', async () => {
  const { files, until } = await openTask();
  for (let number = 1; number <= 3; number += 1) {
    await files.write(`${outbox}/${name}`, `header: { workflow_id: "no-${number}" }\npayload: ${number}\n`);
    await until(() => files.has(`${rejected}/${name}.${number}`));
  }

  expect(await files.text(`${rejected}/${name}.2`)).toContain('payload: 2');
});
