// Commands on the real thing: the error that one names decides whether it is tried again, and what it said of how far
// it has come reaches the next attempt. Method: the built command line in a project of its own, on a real server.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const retried = 'retry_policy: {max_attempts: 3, initial_delay: 10ms, non_retryable: [card.declined]}';
/** Says where it begins, goes ten rows further, each noted, and fails until it has come to 30. */
const copy = `
const from = JSON.parse(process.env.WORKFLOW_LAST_DETAILS ?? '{"row": 0}').row;
require('node:fs').appendFileSync('begun.txt', from + '\\n');
for (let row = from + 1; row <= from + 10; row += 1)
  require('node:fs').writeSync(3, JSON.stringify({ heartbeat: { details: { row } } }) + '\\n');
if (from < 20) process.exit(1);
console.log(from);
`;
const files = {
  'copy.js': copy,
  'pay.sh': `echo tried >> tries.txt
[ "$(wc -l < tries.txt)" = 1 ] && code=network.down || code=card.declined
echo 'no such line' >&3
echo "{\\"error\\": {\\"code\\": \\"$code\\", \\"message\\": \\"the bank says no\\"}}" >&3
exit 1
`,
  'copy.yaml': `workflow:
  id: copy
  version: 1
  tasks: [{id: rows, ${retried.replace(', non_retryable: [card.declined]', '')}, run: {command: [node, copy.js]}}]
`,
  'pay.yaml': `workflow:
  id: pay
  version: 1
  tasks:
    - {id: charge, ${retried}, run: {command: [sh, pay.sh], raises: [card.declined]}, catch: [{errors: card.declined, next: ask}]}
    - {id: ask, run: {command: [printf, '%s', "\${charge.error.message}"]}}
`,
};

let server: TestServer;
let project = '';

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'workflow-reports-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
});
afterAll(async () => {
  await server.stop();
  await rm(project, { recursive: true, force: true });
});

const cli = (...args: readonly string[]) =>
  runProgram(builtCli, args, { cwd: project, env: { NATS_URL: server.url } });

test('a command that is tried again goes on from the last thing it said', async () => {
  expect(await cli('start', 'copy.yaml', '--json')).toMatchObject({ code: 0 });
  expect(await readFile(join(project, 'begun.txt'), 'utf8')).toBe('0\n10\n20\n');
  expect((await cli('replay', '--all')).code).toBe(0);
}, 60_000);

test('the error that a command names decides whether it is tried again, and who catches it', async () => {
  const { code, stdout } = await cli('start', 'pay.yaml', '--json');
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('the bank says no') });
  // The second attempt came after an error that is retried, the third never: its error is not.
  expect(await readFile(join(project, 'tries.txt'), 'utf8')).toBe('tried\ntried\n');
}, 60_000);
