// Real graphs are placed by the real elk in its thread: what a reader of the picture needs is asked of it.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { LayoutBox, LayoutLine } from '../../src/ports/layout.ts';
import { createLayout } from '../../src/project/layout.ts';

const layout = createLayout();
afterAll(() => layout.close());

const size = { width: 120, height: 40 };
const boxes: readonly LayoutBox[] = [
  { id: 'a', ...size },
  { id: 'fork', ...size },
  { id: 'inner', parent: 'fork', ...size },
  { id: 'z', ...size },
];
const lines: readonly LayoutLine[] = [
  { id: 'a>fork', from: 'a', to: 'fork' },
  { id: 'inner>z', from: 'inner', to: 'z' },
];

test('places what follows to the right of what it follows, and the members of a group inside of it', async () => {
  const { width, boxes: placed, lines: drawn } = await layout.place({ boxes, lines, direction: 'right' });
  const [a, fork, inner, z] = ['a', 'fork', 'inner', 'z'].map((id) => placed.get(id));
  if (a === undefined || fork === undefined || inner === undefined || z === undefined)
    throw new Error('left out');

  expect(a.x + a.width).toBeLessThan(fork.x);
  expect(fork.x + fork.width).toBeLessThan(z.x);
  expect(z.x + z.width).toBeLessThanOrEqual(width);
  expect(inner.x + inner.width).toBeLessThan(fork.width);
  // Room for the name of the group.
  expect(inner.y).toBeGreaterThanOrEqual(size.height);
  expect(a).toMatchObject(size);
  expect(drawn.get('a>fork')?.at(0)?.x).toBeCloseTo(a.x + a.width, 0);
  expect(drawn.get('a>fork')?.at(-1)?.x).toBeCloseTo(fork.x, 0);
  // The line out of the group is told in the coordinates of the whole picture, too.
  expect(drawn.get('inner>z')?.at(0)?.x).toBeCloseTo(fork.x + inner.x + inner.width, 0);
});

test('gives the same graph the same picture, and several at a time each its own', async () => {
  const down = layout.place({ boxes, lines, direction: 'down' });
  const right = layout.place({ boxes, lines, direction: 'right' });
  const [a, z] = ['a', 'z'].map((id) => down.then(({ boxes: placed }) => placed.get(id)?.y ?? 0));

  expect(await a).toBeLessThan((await z) ?? 0);
  expect(await layout.place({ boxes, lines, direction: 'right' })).toEqual(await right);
});

test('leaves room between two boxes for what stands on the line between them', async () => {
  const ends = boxes.filter(({ id }) => id === 'a' || id === 'z');
  const label = 'qty is more than ten';
  const named = [{ id: 'a>z', from: 'a', to: 'z', label }];
  const { boxes: placed, lines: drawn } = await layout.place({
    boxes: ends,
    lines: named,
    direction: 'right',
  });
  const [a, z] = [placed.get('a'), placed.get('z')];

  expect((z?.x ?? 0) - (a?.x ?? 0) - size.width).toBeGreaterThan(label.length * 6);
  expect(drawn.get('a>z')?.at(-1)?.x).toBeCloseTo(z?.x ?? 0, 0);
});

test('draws a line only between boxes that there are', async () => {
  const stray = [...lines, { id: 'stray', from: 'a', to: 'nowhere' }];
  const { lines: drawn } = await layout.place({ boxes, lines: stray, direction: 'right' });

  expect([...drawn.keys()].sort()).toEqual(['a>fork', 'inner>z']);
});

test('places a graph of 500 boxes, and refuses a larger one by a code', async () => {
  const many = (count: number) => ({
    boxes: Array.from({ length: count }, (_, index) => ({ id: `t${index}`, ...size })),
    lines: Array.from({ length: count - 1 }, (_, index) => ({
      id: `l${index}`,
      from: `t${Math.floor(index / 2)}`,
      to: `t${index + 1}`,
    })),
    direction: 'right' as const,
  });

  expect((await layout.place(many(500))).boxes.size).toBe(500);
  await expect(layout.place(many(501))).rejects.toMatchObject({ code: 'graph.too-large' });
});

// Where it is installed is not for us to choose: what was compiled is carried out by a process of its own in there.
describe('in a folder with a space in its name', () => {
  const source = new URL('../../src/project/', import.meta.url);
  const elk = new URL('../../node_modules/elkjs/', import.meta.url);
  const used = ['package.json', 'lib/elk-worker.min.js'];
  const program = `
    import { setTimeout } from 'node:timers/promises';
    import { createLayout } from './layout.js';
    const layout = createLayout();
    await setTimeout(Number(process.argv[2]));
    const graph = { boxes: [{ id: 'a', width: 50, height: 20 }], lines: [], direction: 'right' };
    await layout.place(graph).then(
      ({ boxes }) => console.log(boxes.size, 'placed'),
      ({ message }) => console.log(message),
    );
    await layout.close();
  `;

  async function installed(files: readonly string[]): Promise<string> {
    const folder = join(await mkdtemp(join(tmpdir(), 'layout ')), 'ä b');
    onTestFinished(() => rm(join(folder, '..'), { recursive: true, force: true }));
    await mkdir(join(folder, 'node_modules', 'elkjs', 'lib'), { recursive: true });
    for (const file of files) await cp(new URL(file, elk), join(folder, 'node_modules', 'elkjs', file));
    for (const name of ['layout']) {
      const text = await readFile(new URL(`${name}.ts`, source), 'utf8');
      const compilerOptions = {
        module: ModuleKind.ESNext,
        target: ScriptTarget.ES2022,
        rewriteRelativeImportExtensions: true,
      };
      await writeFile(join(folder, `${name}.js`), transpileModule(text, { compilerOptions }).outputText);
    }
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'program.js'), program);

    return folder;
  }

  const said = async (folder: string, waitMs: number): Promise<string> =>
    (await promisify(execFile)(process.execPath, ['program.js', String(waitMs)], { cwd: folder })).stdout;

  test('places a graph', async () => {
    expect(await said(await installed(used), 0)).toBe('1 placed\n');
  });

  test('says that there is no picture, and goes on, where elk cannot be begun', async () => {
    const folder = await installed(used);
    await writeFile(
      join(folder, 'node_modules', 'elkjs', 'lib', 'elk-worker.min.js'),
      'throw new Error("no");',
    );
    for (const waitMs of [0, 500]) expect(await said(folder, waitMs)).toBe('elk could not place the graph\n');
  });
});
