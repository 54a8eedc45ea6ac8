// The whole file queue at work: a thousand tasks, agents of three habits, two engines on the same folders, and somebody
// who fills the folder of answers with garbage meanwhile. Method: the real file system, time four times as fast, and an
// engine of a few lines. Nothing may be lost, and every bad file is kept with its reason.
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { attemptKeyOf, type WorkItem } from '../../events/worker-protocol.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { createEngineStandIn } from './engine-stand-in.ts';
import { answerText, filesOf, inbox, openQueue, outbox, workItem } from './file-world.ts';

const tasks = 1_000;
const badFiles = 600;
const agents = ['LISTENER', 'CAREFUL', 'CLAIMER'];

const speed = 4;
const fastClock: Clock = {
  now: () => Date.now() * speed,
  steady: () => performance.now() * speed,
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs / speed);
    return () => clearTimeout(timer);
  },
};

type Files = ReturnType<typeof filesOf>;

test('1,000 tasks and an adversary: no loss, no crash, each bad file aside with its reason', async () => {
  const projectDir = await temporaryProject();
  const files = filesOf(projectDir);
  const engine = createEngineStandIn();
  const troubles: unknown[] = [];
  const options = {
    projectDir,
    clock: fastClock,
    engine,
    agents,
    onTrouble: (e: unknown) => troubles.push(e),
  };
  const [queue] = [openQueue(options), openQueue(options)];
  await expect.poll(() => files.has(outbox)).toBe(true);

  const items = Array.from({ length: tasks }, (_, n) =>
    workItem({ run: `run-${n}`, agent: agents[n % agents.length] ?? '', input: { n } }),
  );
  for (const item of items) engine.open(item);
  const offered = inParallel(items, 8, (item) => queue.offer(item));
  const isOver = () => engine.results.size === tasks;
  const workers = agents.map((agent) => work(files, agent, isOver));
  const garbage = inParallel(Array.from({ length: badFiles }).keys(), 2, (n) => doHarm(files, n, items));
  await Promise.all([offered, garbage, ...workers]);

  for (const item of items)
    expect(engine.results.get(attemptKeyOf(item))).toBe(JSON.stringify({ doubled: item.input }));
  const rejected = () => files.names(`${outbox}/rejected`);
  await expect.poll(async () => (await rejected()).length, { timeout: 20_000 }).toBe(2 * badFiles);
  const names = await rejected();
  const aside = names.filter((name) => !name.endsWith('.reason.txt'));
  expect(aside.filter((name) => !names.includes(`${name}.reason.txt`))).toEqual([]);
  expect(await files.names(outbox)).toEqual(['rejected']);

  await expect.poll(() => files.names(inbox)).toEqual([]);
  await expect.poll(() => files.names('.3ox/file-queue')).toEqual([]);
  expect(troubles).toEqual([]);
}, 120_000);

async function inParallel<T>(
  values: Iterable<T>,
  lanes: number,
  act: (value: T) => Promise<void>,
): Promise<void> {
  const rest = values[Symbol.iterator]();
  const lane = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await act(next.value);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** An agent: looks for its tasks, answers them, and takes them away. */
async function work(files: Files, agent: string, isOver: () => boolean): Promise<void> {
  const done = new Set<string>();
  while (!isOver()) {
    const names = (await files.names(inbox)).filter((name) => name.endsWith('.yaml') && !done.has(name));
    for (const name of names) if (await answerTask(files, agent, name)) done.add(name);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function answerTask(files: Files, agent: string, name: string): Promise<boolean> {
  const text = await readFile(files.at(`${inbox}/${name}`), 'utf8').catch(() => '');
  if (text === '') return false;
  const { header, payload } = load(text) as { header: Record<string, string>; payload: unknown };
  if (header['assigned_to'] !== agent) return true;
  const answer = answerText(
    workItem({ run: header['workflow_id'] ?? '', task: header['task_id'] ?? '', agent }),
    {},
    { doubled: payload },
  );
  const target = `${outbox}/${name.replace('task-', 'response-')}`;
  const half = answer.indexOf('status');
  switch (agent) {
    case 'LISTENER':
      await files.write(target, answer.slice(0, half));
      await files.write(target, answer);
      break;
    case 'CAREFUL':
      await files.write(`${target}.part`, answer);
      await files.move(`${target}.part`, target);
      break;
    default:
      await files.move(`${inbox}/${name}`, `${inbox}/${name}.w1.claimed`);
      await files.write(`${target}.part`, answer);
      await files.move(`${target}.part`, target);
      await files.remove(`${inbox}/${name}.w1.claimed`);
  }
  await files.remove(`${inbox}/${name}`);

  return true;
}

/** One bad file more, of ten kinds. */
async function doHarm(files: Files, n: number, items: readonly WorkItem[]): Promise<void> {
  const item = items[(n * 7) % items.length] ?? workItem();
  const good = answerText(item, {}, { evil: n });
  const path = `${outbox}/response-evil-${n}.yaml`;
  const texts = [
    answerText(item, { workflow_id: `unknown-${n}` }),
    answerText(item, { token: 'guess' }),
    answerText(item, { attempt: 9 }),
    answerText(item, { agent: agents[(agents.indexOf(item.agent) + 1) % agents.length] }),
    good.slice(0, 40),
    good.replace('evil', '__proto__'),
    Uint8Array.from({ length: 300 }, (_, at) => (at * 31 + n) % 256),
    `${good}${'#'.repeat(1024 * 1024)}`,
  ];
  const text = texts[n % 10];
  if (text !== undefined) return files.write(path, text);

  return n % 10 === 8 ? symlink('/etc/passwd', files.at(path)) : void (await mkdir(files.at(path)));
}
