import type { Json } from '../../events/canonical-json.ts';
import type { Place } from '../compile/plan.ts';
import type { Definition, InputProperty } from '../definition.ts';
import { parseExpression } from '../expressions/parse.ts';
import type { Node } from '../expressions/tree.ts';
import { formFields } from '../language/check-form.ts';
import type { Task } from '../task.ts';
import { judge } from './judge.ts';
import { around, note } from './note.ts';
import { readNode } from './read-node.ts';
import { readOutput } from './read-output.ts';
import { glance, readTemplate } from './read-template.ts';
import type { Reading, SourceKind, World } from './reading.ts';
import { type Control, controlsOf, evaluatedIn, handedOut, templatesOfRun } from './sites.ts';
import { anyItem, newSource, type Spot, spotAt } from './spot.ts';

/** The places of every value that comes from outside, once all expressions of a definition have been read. */
export type Survey = { readonly source: World['source'] };

/** Reads all expressions of a definition, those that decide first. */
export function survey(definition: Definition, plan: ReadonlyMap<string, Place>): Survey {
  const world = newWorld(definition, plan);
  const tasks = [...plan.values()].map(({ task }) => task);
  declare(world.source('input'), definition.input);
  for (const task of tasks) declareTask(task, world);
  for (const task of tasks) {
    for (const control of controlsOf(task)) readControl(control, readingAt(world, task.id, true));
  }
  for (const task of tasks) {
    const reading = readingAt(world, task.id, false);
    for (const source of [...evaluatedIn(task), ...handedOut(task)]) glance(source, reading);
  }
  for (const source of templatesOfRun(definition)) glance(source, readingAt(world, '', false));

  return { source: world.source };
}

const ranks: Readonly<Record<SourceKind, number>> = { input: 2, result: 4, answer: 6, signal: 8 };

function newWorld(definition: Definition, plan: ReadonlyMap<string, Place>): World {
  const sources = new Map<string, Spot>();
  const trees = new Map<string, Node>();
  let count = 0;
  const nextOrder = () => count++;

  return {
    definition,
    plan,
    source: (kind, task = '') => {
      const key = `${kind} ${task}`;
      const source =
        sources.get(key) ?? newSource(task === '' ? kind : task, { rank: ranks[kind], nextOrder });
      sources.set(key, source);

      return source;
    },
    parse: (source) => {
      const tree = trees.get(source) ?? parseExpression(source);
      trees.set(source, tree);

      return tree;
    },
    known: new Map(),
    judged: new Map(),
    read: readNode,
    readTemplate,
    readOutput,
    judge,
  };
}

function readingAt(world: World, place: string, isVaried: boolean): Reading {
  return { world, place, isVaried, locals: new Map() };
}

function declare(root: Spot, properties: Readonly<Record<string, InputProperty>>): void {
  for (const [name, property] of Object.entries(properties)) {
    const spot = spotAt(root, [name], property);
    if (property.items !== undefined) spotAt(spot, [anyItem]);
  }
}

/** What a result holds whether an expression reads it or not. */
function declareTask(task: Task, { source }: World): void {
  if (task.type === 'HUMAN' && task.form !== undefined) {
    declare(source('answer', task.id), formFields(task.form) ?? {});
  }
  if (task.output?.kind === 'names')
    for (const name of task.output.names) spotAt(source('result', task.id), [name]);
  if (task.type === 'HTTP') {
    const root = source('result', task.id);
    const { expectStatus } = task;
    const statuses =
      expectStatus === undefined ? { minimum: 200, maximum: 299, default: 200 } : { enum: expectStatus };
    spotAt(root, ['status'], { type: 'integer', ...statuses });
    spotAt(root, ['headers'], { type: 'object' });
    spotAt(root, ['body']);
  }
}

function readControl(control: Control, reading: Reading): void {
  const { world } = reading;
  switch (control.kind) {
    case 'condition':
      judge(world.parse(control.source), control.wanted, reading);
      break;
    case 'param':
      readParam(control, reading);
      break;
    case 'list':
      note(readTemplate(control.source, [], reading), { marks: ['walked'] }, reading);
      break;
    case 'time':
      note(readTemplate(control.source, [], reading), { shape: 'time' }, reading);
  }
}

function readParam({ source, cases }: Extract<Control, { kind: 'param' }>, reading: Reading): void {
  const values = cases.flatMap(meant);
  const [preferred] = values;
  const use = preferred === undefined ? {} : { preferred };
  note(readNode(reading.world.parse(source), [], reading), { values, ...use }, reading);
}

/** The value that a case is about, first: a number or a truth where its text reads as one. */
function meant(text: string): readonly Json[] {
  if (text === 'true' || text === 'false') return [text === 'true'];

  return /^-?\d{1,15}$/.test(text) ? around('==', Number(text)) : [text];
}
