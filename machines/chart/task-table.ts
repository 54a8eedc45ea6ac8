import type { RunState, TaskState } from './run/run-state.ts';

type Tasks = RunState['tasks'];

const bits = 5;
/** The most tasks of an ordinary object, and the most parts of a block. */
const width = 1 << bits;

/** Which tasks there are, in their order: made once, and shared by all tables of the same tasks. */
type Layout = {
  readonly ids: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  /** By how many bits the place of a task is shifted to tell the part of the whole that it is in. */
  readonly shift: number;
};

/** Tasks that stand in a row: a block of blocks, the innermost of tasks. It never changes; another takes its place. */
type Block = {
  readonly layout: Layout;
  /** The place of its first task. */
  readonly from: number;
  readonly blocks: readonly Block[];
  readonly tasks: readonly TaskState[];
  /** What was found out about its tasks, by the number of the question. */
  readonly known: unknown[];
};

/** What stands behind many tasks. Only that of a draft changes. */
type Table = { root: Block };

const behind = Symbol('table');

/**
 * Few tasks are an ordinary object. Many are a table that looks like one, so that a state is plain JSON to whoever
 * reads it; a changed copy shares all of it but a few blocks (docs/decisions/0075).
 */
export function tableOf(tasks: Tasks): Tasks {
  return tableBehind(tasks) === undefined && isMany(tasks) ? shown({ root: laidOut(tasks) }) : tasks;
}

/** A copy that may be changed in place, as long as nobody else has seen it. No task is added to it, and none taken. */
export function draftOf(tasks: Tasks): Record<string, TaskState> {
  const table = tableBehind(tableOf(tasks));

  return table === undefined ? { ...tasks } : shown({ root: table.root });
}

export function countTasks(tasks: Tasks): number {
  const table = tableBehind(tasks);
  if (table !== undefined) return table.root.layout.ids.length;
  let count = 0;
  for (const _id in tasks) count += 1;

  return count;
}

/** Something asked of tasks as a whole. It is made of what it is of each. */
type Question<Answer, Of> = {
  /** The answer where there are no tasks. */
  readonly none: Answer;
  /** The answer with one task more. `of`: what else it depends on; the same whenever it is asked of the same tasks. */
  readonly add: (answer: Answer, task: TaskState, id: string, of: Of) => Answer;
  readonly both: (one: Answer, other: Answer) => Answer;
  /** The answer that no further task changes. */
  readonly last?: Answer;
};

/** Of tasks that stay as they are the answer is remembered, so that to ask at every event costs what did change. */
export function asked<Answer, Of = void>(question: Question<Answer, Of>): (tasks: Tasks, of: Of) => Answer {
  const ofBlock = askedOfBlocks(question);

  return (tasks, of) => {
    const table = tableBehind(tasks);

    return table === undefined ? askedOfObject(question, tasks, of) : ofBlock(table.root, of);
  };
}

/** Tasks of one kind: how many there are, and which, without a look at where there are none. */
export function tasksThat(are: (task: TaskState) => boolean): {
  readonly count: (tasks: Tasks) => number;
  readonly in: (tasks: Tasks) => Iterable<readonly [string, TaskState]>;
} {
  const question: Question<number, void> = {
    none: 0,
    add: (count, task) => (are(task) ? count + 1 : count),
    both: (one, other) => one + other,
  };
  const ofBlock = askedOfBlocks(question);

  function* inBlock(block: Block): Generator<readonly [string, TaskState]> {
    if (ofBlock(block) === 0) return;
    for (const each of block.blocks) yield* inBlock(each);
    for (const [index, task] of block.tasks.entries()) if (are(task)) yield [idAt(block, index), task];
  }

  return {
    count: asked(question),
    *in(tasks) {
      const table = tableBehind(tasks);
      if (table !== undefined) yield* inBlock(table.root);
      else
        for (const id in tasks) {
          const task = tasks[id];
          if (task !== undefined && are(task)) yield [id, task];
        }
    },
  };
}

let questions = 0;

function askedOfBlocks<Answer, Of>({
  none,
  add,
  both,
  last,
}: Question<Answer, Of>): (block: Block, of: Of) => Answer {
  const number = questions;
  questions += 1;
  const isLast = (answer: Answer) => last !== undefined && answer === last;
  const ofBlock = (block: Block, of: Of): Answer => {
    const known = block.known[number] as { readonly answer: Answer } | undefined;
    if (known !== undefined) return known.answer;
    let answer = none;
    for (const each of block.blocks) if (!isLast(answer)) answer = both(answer, ofBlock(each, of));
    for (let index = 0; index < block.tasks.length && !isLast(answer); index += 1)
      answer = add(answer, block.tasks[index] as TaskState, idAt(block, index), of);
    block.known[number] = { answer };

    return answer;
  };

  return ofBlock;
}

function askedOfObject<Answer, Of>({ none, add, last }: Question<Answer, Of>, tasks: Tasks, of: Of): Answer {
  let answer = none;
  for (const id in tasks) {
    const task = tasks[id];
    if (task !== undefined) answer = add(answer, task, id, of);
    if (last !== undefined && answer === last) break;
  }

  return answer;
}

function idAt({ layout, from }: Block, index: number): string {
  return layout.ids[from + index] ?? '';
}

function isMany(tasks: Tasks): boolean {
  let count = 0;
  for (const _id in tasks) {
    count += 1;
    if (count > width) return true;
  }

  return false;
}

function laidOut(tasks: Tasks): Block {
  const ids = Object.keys(tasks);
  let shift = 0;
  while (ids.length > width << shift) shift += bits;
  const layout = { ids, places: new Map(ids.map((id, place) => [id, place])), shift };
  const all = Object.values(tasks);
  let row: readonly Block[] = inParts(all).map((part, index) => ({
    ...{ layout, from: index * width, blocks: [], tasks: part, known: [] },
  }));
  while (row.length > 1)
    row = inParts(row).map((blocks) => ({
      ...{ layout, from: blocks[0]?.from ?? 0, blocks, tasks: [], known: [] },
    }));

  return row[0] ?? { layout, from: 0, blocks: [], tasks: [], known: [] };
}

function inParts<Each>(all: readonly Each[]): readonly (readonly Each[])[] {
  return Array.from({ length: Math.ceil(all.length / width) }, (_, part) =>
    all.slice(part * width, (part + 1) * width),
  );
}

function taskIn(block: Block, id: string): TaskState | undefined {
  const { places, shift } = block.layout;
  const place = places.get(id);
  if (place === undefined) return undefined;
  let part: Block | undefined = block;
  for (let by = shift; by > 0; by -= bits) part = part?.blocks[partOf(place, by)];

  return part?.tasks[partOf(place, 0)];
}

function partOf(place: number, shift: number): number {
  return (place >> shift) % width;
}

/** The block with another task at the place; `shift` is that of the block. */
function withTask(block: Block, place: number, task: TaskState, shift = block.layout.shift): Block {
  const { layout, from } = block;
  const index = partOf(place, shift);
  if (shift === 0) {
    const tasks = block.tasks.slice();
    tasks[index] = task;
    return { layout, from, blocks: block.blocks, tasks, known: [] };
  }
  const blocks = block.blocks.slice();
  const before = blocks[index];
  if (before !== undefined) blocks[index] = withTask(before, place, task, shift - bits);

  return { layout, from, blocks, tasks: block.tasks, known: [] };
}

function tableBehind(tasks: Tasks): Table | undefined {
  return (tasks as { readonly [behind]?: Table })[behind];
}

/** The table as an object with a member for each task. */
function shown(table: Table): Record<string, TaskState> {
  return new Proxy(table as unknown as Record<string, TaskState>, likeAnObject);
}

const likeAnObject: ProxyHandler<Record<string, TaskState>> = {
  get: (target, key) => (key === behind ? target : at(target, key)),
  has: (target, key) => at(target, key) !== undefined,
  ownKeys: (target) => tableAsTarget(target).root.layout.ids,
  getOwnPropertyDescriptor: (target, key) => {
    const value = at(target, key);

    return value && { value, writable: true, enumerable: true, configurable: true };
  },
  set: (target, key, task: TaskState) => {
    const table = tableAsTarget(target);
    const place = typeof key === 'string' ? table.root.layout.places.get(key) : undefined;
    if (place === undefined) return false;
    table.root = withTask(table.root, place, task);

    return true;
  },
};

function at(target: object, key: string | symbol): TaskState | undefined {
  return typeof key === 'string' ? taskIn(tableAsTarget(target).root, key) : undefined;
}

function tableAsTarget(target: object): Table {
  return target as Table;
}
