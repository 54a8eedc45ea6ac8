// A command answers soon because it loads few files: finding and opening them once took most of its time. Method: the
// built command line against a real server; V8's coverage of each process names all that it loaded.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram, smallStation } from './station.ts';

let server: TestServer;
let station: string;

beforeAll(async () => {
  server = await startTestServer();
  station = await smallStation();
  const ran = await cli(
    ...['start', 'inventory-validation-v1', '--target_folder', 'files', '--policy_file', 'pass.policy.yaml'],
  );
  expect(ran.code).toBe(0);
});
afterAll(async () => {
  await server.stop();
  await rm(station, { recursive: true, force: true });
});

test('workflow --help loads three files', async () => {
  expect(await loadedBy('--help')).toEqual(['rolldown-runtime.js', 'start.js', 'workflow.js']);
});

test.each([
  [['list'], 24],
  [['status'], 24],
  [['show', '@last'], 28],
  [['history', '@last'], 28],
  [['check', 'definitions/inventory-validation.yaml'], 28],
])('workflow %j loads at most %i files', async (line, most) => {
  const loaded = await loadedBy(...line);
  expect(loaded).toContain('workflow.js');
  expect(loaded.length).toBeLessThanOrEqual(most);
});

test('workflow list and status load nothing that reads a definition or folds a run', async () => {
  for (const command of ['list', 'status']) {
    const loaded = await loadedBy(command);
    expect(loaded).toContain('runs.js');
    expect(loaded.filter((file) => ['language.js', 'session.js', 'engine.js'].includes(file))).toEqual([]);
  }
});

/** The names of the files that a process loads for a command that succeeds. */
async function loadedBy(...line: readonly string[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-loaded-'));
  try {
    const { code, stderr } = await cli(...line, { NODE_V8_COVERAGE: folder });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const [name = ''] = await readdir(folder);
    const report = JSON.parse(await readFile(join(folder, name), 'utf8')) as {
      readonly result: readonly { readonly url: string }[];
    };

    return report.result.flatMap(({ url }) => (url.startsWith('file:') ? [basename(url)] : [])).sort();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Environment = Readonly<Record<string, string>>;

function cli(...given: readonly (string | Environment)[]) {
  const words = given.filter((each) => typeof each === 'string');
  const env = Object.assign({}, ...given.filter((each) => typeof each !== 'string')) as Environment;

  return runProgram(builtCli, words, { cwd: station, env: { NATS_URL: server.url, ...env } });
}
