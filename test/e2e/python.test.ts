// The Python package: its wheel is the same bytes each time and is all that has to be installed; its worker and its
// client do what docs/workers.md shows, against the real engine, over NATS and over HTTP. Method: the programs of the
// page as they stand there, and processes of their own on an engine that serves.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpStation, openHttpStation } from './http-station.ts';
import { isPythonThere } from './worker-processes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const soon = { timeout: 20_000, interval: 50 };
const definitions = {
  'definitions/welcome.yaml': `workflow:
  id: welcome
  version: 1
  input: {required: [name]}
  tasks:
    - {id: paid, type: WAIT, signal: paid, timeout: 1h}
    - {id: text, type: TRANSFORM, depends_on: paid, output: {said: "welcome \${workflow.input.name}"}}
  output: {said: "\${text.output.said}"}
`,
  'definitions/painting.yaml': `workflow:
  id: painting
  version: 1
  input: {required: [walls]}
  tasks: [{id: paint, assigned_to: PAINTER, timeout: 1m, input: {walls: "\${workflow.input.walls}"}}]
  output: {painted: "\${paint.output.painted}"}
`,
};

describe.skipIf(!isPythonThere)('the Python package', () => {
  let station: HttpStation;
  let site: string;

  beforeAll(async () => {
    site = await mkdtemp(join(tmpdir(), 'workflow-python-'));
    station = await openHttpStation(definitions);
    for (const text of Object.values(definitions)) await station.ask('POST', 'definitions/publish', { text });
  });
  afterAll(async () => {
    await station.close();
    await rm(site, { recursive: true, force: true });
  });

  test('its unit tests pass', () => {
    const { status, stderr } = python(['-m', 'unittest', 'discover', '-s', 'tests'], join(root, 'python'));

    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/Ran \d+ tests[\s\S]*OK/),
    });
  });

  test('its types are right, as strictly as can be asked', () => {
    const { stdout } = spawnSync('npm', ['run', '--silent', 'check:python'], { cwd: root, encoding: 'utf8' });

    expect(stdout).toContain('0 errors, 0 warnings');
  });

  test('its wheel is the same bytes each time, holds every module, and is installed without a network', () => {
    const built = ['one', 'two'].map((name) => {
      const { stdout } = python(['build_wheel.py', join(site, name)], join(root, 'python'));
      return readFileSync(join(site, name, stdout.trim()));
    });
    expect(built[0]?.equals(built[1] ?? Buffer.alloc(0))).toBe(true);
    // Without pip a wheel is unpacked: it is an archive whose files lie as they are imported.
    const wheel = join(site, 'one', 'threeox_workflow-0.1.0-py3-none-any.whl');
    const target = ['--no-index', '--target', join(site, 'lib'), './python'];
    const pip = python(['-m', 'pip', 'install', ...target], root);
    if (pip.status !== 0) python(['-m', 'zipfile', '-e', wheel, join(site, 'lib')], site);
    const { stdout, stderr } = python(
      ['-c', 'import threeox_workflow as t; print(t.__file__, *t.__all__)'],
      site,
    );

    expect({ stdout, stderr }).toMatchObject({
      stdout: expect.stringContaining(join(site, 'lib')),
      stderr: '',
    });
    expect(stdout).toContain('RunNotCompleted');
  });

  test('the client of the page signals a run, follows it and gets its result', () => {
    const { stdout, stderr } = python(['-c', blocks()[1] ?? ''], station.project);

    expect({ stdout, stderr }).toMatchObject({
      stderr: '',
      stdout: expect.stringContaining("{'said': 'welcome Ada'}"),
    });
    expect(stdout).toMatch(/^1 run\.started\n[\s\S]*\d run\.completed\n/);
    expect(stdout).toMatch(/\['[0-9a-z]{26}'\]\n$/);
  });

  test.each(['nats', 'http'] as const)('the worker of the page carries tasks out over %s', async (way) => {
    const url =
      way === 'nats' ? { NATS_URL: station.natsUrl } : { NATS_URL: '', WORKFLOW_URL: await address() };
    const worker = spawn('python3', ['-B', '-c', blocks()[0] ?? ''], {
      cwd: station.project,
      env: { ...process.env, ...url, PYTHONPATH: join(root, 'python/src') },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said = textOf(worker.stderr);
    try {
      const { stdout, stderr } = python(['-c', painting.replaceAll('KEY', `"${way}"`)], station.project);

      expect({ stdout, stderr }).toEqual({
        stderr: '',
        stdout:
          "{'painted': 2}\nFAILED paint.no-walls there is nothing to paint\nTERMINATED run.terminated\n",
      });
    } finally {
      worker.kill('SIGTERM');
    }
    expect(await said).toContain('worker of PAINTER ready');
  });

  test('a refusal has the code of the API, and a worker that is refused ends with it', async () => {
    const refused = python(['-c', refusing], station.project);
    expect(refused).toMatchObject({ stdout: 'run.not-found 404 False\ndefinition.not-found\n', stderr: '' });
    const worker = python(
      ['-c', `${imports}serve(Worker("X", print), url=${JSON.stringify(await address())}, token="wrong")`],
      site,
    );

    expect(worker).toMatchObject({ status: 1, stderr: expect.stringContaining('Refused: ') });
  });

  /** The programs of the page: the worker and the client. */
  function blocks(): readonly string[] {
    const [, section = ''] = readFileSync(join(root, 'docs/workers.md'), 'utf8').split('\n## Python\n');

    return [...section.matchAll(/```python\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  }

  async function address(): Promise<string> {
    const { url } = JSON.parse(readFileSync(join(station.project, '.3ox/dashboard.json'), 'utf8'));
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, soon).toBe(200);

    return url;
  }

  /** Of the sources until the wheel is installed, and then of that. */
  function python(args: readonly string[], cwd: string) {
    const path = args.includes('tests') || cwd !== site ? join(root, 'python/src') : join(site, 'lib');
    const env = { ...process.env, NATS_URL: '', PYTHONPATH: path, PIP_DISABLE_PIP_VERSION_CHECK: '1' };

    return spawnSync('python3', ['-B', ...args], { cwd, env, encoding: 'utf8', timeout: 60_000 });
  }
});

const imports = 'from threeox_workflow import Client, Refused, RunNotCompleted, Worker, serve\n';

const painting = `${imports}
client = Client()
print(client.start("painting", {"walls": ["north", "south"]}).result(timeout=60))
try:
    client.start("painting", {"walls": []}).result(timeout=60)
except RunNotCompleted as error:
    print(error.status, error.code, error.message)
run = client.start("welcome", {"name": "Bob"}, key=KEY)
assert client.start("welcome", {"name": "Bob"}, key=KEY).id == run.id
try:
    run.result(timeout=0.5)
except TimeoutError:
    run.cancel("not needed")
try:
    client.run(run.id[:13]).result()
except RunNotCompleted as error:
    print(error.status, error.code)
`;

const refusing = `${imports}
for ask in (lambda: Client().run("nobody").status(), lambda: Client().start("nothing")):
    try:
        ask()
    except Refused as error:
        print(*([error.code, error.status, error.retryable] if error.code.startswith("run") else [error.code]))
`;
