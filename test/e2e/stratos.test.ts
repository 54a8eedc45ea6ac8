// STRATOS levels as people meet them: the page that tells of them, word for word, who is refused, and alerts that go
// up. Method: the built command line against a real server, with principals of three levels.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandsIn } from '../support/markdown-commands.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { yamlBlocks } from '../support/page-definitions.ts';
import { builtCli, runProgram } from './station.ts';

const page = 'docs/stratos.md';
const processesMs = 120_000;

let folder: string;
let server: TestServer;
let engine: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-stratos-'));
  await mkdir(join(folder, 'definitions'));
  server = await startTestServer();
  for (const yaml of yamlBlocks(page)) {
    const id = /^ {2}id: (\S+)$/m.exec(yaml)?.[1];
    if (id !== undefined) await writeFile(join(folder, 'definitions', `${id}.yaml`), yaml);
    if (yaml.startsWith('principals:')) await writeFile(join(folder, 'agents.yaml'), yaml);
  }
});
afterEach(async () => {
  if (engine?.exitCode === null && engine.kill('SIGTERM')) await once(engine, 'close');
  engine = undefined;
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function cli(...args: readonly string[]) {
  return runProgram(builtCli, args, { cwd: folder, env: { NATS_URL: server.url } });
}

async function serve(): Promise<void> {
  engine = spawn(process.execPath, [builtCli, 'serve'], {
    cwd: folder,
    env: { ...process.env, NATS_URL: server.url },
  });
  for await (const chunk of engine.stderr ?? []) if (String(chunk).includes('engine ready')) return;
  throw new Error('the engine ended before it was ready');
}

test(
  'every command of the page works as it is written, and each refusal of it is told in these words',
  async () => {
    const text = await readFile(new URL(`../../${page}`, import.meta.url), 'utf8');
    for (const { text: line, words } of commandsIn(text)) {
      const { code, stderr } = await cli(...words.slice(1));
      expect({ line, code, stderr: code === 0 ? '' : stderr }).toEqual({ line, code: 0, stderr: '' });
    }

    const told: string[] = [];
    const refused = async (...args: readonly string[]) => {
      const { code, stderr } = await cli(...args);
      expect(code).toBe(1);
      told.push(...stderr.split('\n').filter((line) => line.includes('[authority.level]')));
    };
    await refused('start', 'plan-quarter', '--as', 'ana', '--detach');
    const { stdout } = await cli('start', 'plan-quarter', '--as', 'chief', '--detach', '--json');
    const { run } = JSON.parse(stdout);
    await refused('approve', run, '--as', 'chief', '--detach');
    const file = join(folder, 'definitions', 'plan-quarter.yaml');
    const changed = (await readFile(file, 'utf8')).replace('version: 1', 'version: 2');
    await writeFile(file, changed);
    await refused('definitions', 'publish', file, '--as', 'chief');
    const [, shown = ''] = /```\n(error \[authority.level\][\s\S]*?)```/.exec(text) ?? [];
    expect(told).toEqual(shown.trim().split('\n'));

    await writeFile(file, changed.replace('strategic', 'operational'));
    await refused('definitions', 'publish', file, '--accept-differences', '--as', 'chief');
    expect(told.at(-1)).toBe(
      'error [authority.level] chief is L1; registering the strategic definition plan-quarter needs L0',
    );
  },
  processesMs,
);

test(
  'an alert of a tool goes to the levels above while it is still so, and one of a strategic definition begins there',
  async () => {
    const failing = (id: string, stratos: string) =>
      `workflow: {id: ${id}, version: 1, stratos: ${stratos}, tasks: [{id: ends, type: TERMINATE, status: FAILED}]}\n`;
    await writeFile(join(folder, 'agents.yaml'), 'principals: []\n');
    await writeFile(join(folder, 'definitions', 'tool.yaml'), failing('tool', 'operational'));
    await writeFile(join(folder, 'definitions', 'station.yaml'), failing('station', 'strategic'));
    const to = (level: string, more = '') =>
      `  ${level}: {to: {command: [node, tell.mjs, ${level}]}${more}}\n`;
    await writeFile(
      join(folder, 'tell.mjs'),
      "import { appendFileSync } from 'node:fs';\nlet text = '';\nfor await (const part of process.stdin) text += part;\n" +
        "const { rule, text: said } = JSON.parse(text);\nappendFileSync('told', `${process.argv[2]} ${rule} ${/of (\\w+)/.exec(said)[1]}\\n`);\n",
    );
    await writeFile(
      join(folder, 'serve.yaml'),
      `alerts: [{name: failed, on: run_failed, to: stratos}]\nstratos:\n${to('operational', ', escalate: 1s')}${to('tactical', ', escalate: 1s')}${to('strategic')}`,
    );
    await serve();
    await cli('start', 'tool', '--detach');
    await cli('start', 'station', '--detach');

    const told = async () =>
      (await readFile(join(folder, 'told'), 'utf8').catch(() => '')).split('\n').filter(Boolean).sort();
    await expect
      .poll(told, { timeout: 30_000 })
      .toEqual([
        'operational failed tool',
        'strategic failed (strategic) tool',
        'strategic failed station',
        'tactical failed (tactical) tool',
      ]);
  },
  processesMs,
);
