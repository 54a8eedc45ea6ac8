import type { Json } from '../../../../events/canonical-json.ts';
import { named, plainMember, truthOf } from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import { type ExpressionScope, innerScope, type SourcePlace, takeOver } from '../context.ts';
import { readOutput } from '../outputs.ts';
import { isUnset, numberAt, textAt } from '../source/parse-json.ts';
import { bodyOf, type ConductorTask, withInner } from '../source/task.ts';
import { conditionText, escaped, toTemplate } from '../templates.ts';
import { Untranslatable } from '../untranslatable.ts';
import type { Emitted } from '../write-yaml.ts';
import { build, type Convert, type Converted, type Given, placeOf, single } from './build.ts';
import { type Beyond, evaluated, scriptComment, scriptInputs, tryScript } from './scripts.ts';

/** Conductor has no limit; ours is as high as it goes. */
const iterationsMax = 1_000_000;

/** DO_WHILE: the body, then the condition; or once for every item of a list. */
export const convertLoop: Convert = (given) => {
  const { task, place, scope, convertList } = given;
  const inner = innerScope(scope, { list: 'loop', loops: [task.ref, ...scope.loops] });
  const inside = bodyOf(task).flatMap(withInner);
  for (const { ref } of inside) inner.visible.add(ref);
  const body = convertList(bodyOf(task), inner, { after: [], before: undefined });
  const items = task.raw['items'] ?? task.input['items'];
  const source = textAt(task.raw, 'loopCondition');
  const isOverItems = source === undefined && !isUnset(items);
  const condition = isOverItems
    ? undefined
    : conditionOf({ ...given, place: placeOf(task, inner) }, body, source);
  takeOver(scope, inner);
  if (task.type === 'WHILE') reportWhile(place);
  const tasks = [...body.emitted, ...(condition?.task === undefined ? [] : [condition.task])];

  return single(
    build(given, 'DO_WHILE', {
      fields: {
        items: isOverItems ? toTemplate(items ?? null, place) : undefined,
        loop_condition: condition?.text,
        max_iterations: iterationsMax,
        keep_last: keptResults(task),
        optional: task.raw['optional'] === true ? true : undefined,
      },
      nested: { tasks: tasks.length === 0 ? [nothingToDo(given)] : tasks },
      comments: condition?.comments ?? [],
    }),
  );
};

function reportWhile({ say }: SourcePlace): void {
  say.loss('WHILE', 'the condition is looked at after the body here, so that the body runs at least once', {
    became: 'DO_WHILE',
  });
}

function keptResults(task: ConductorTask): number | undefined {
  const keep = numberAt(task.input, 'keepLastN') ?? numberAt(task.raw, 'keepLastN') ?? 0;

  return keep < 1 ? undefined : Math.min(Math.floor(keep), 10_000);
}

function nothingToDo({ scope, id }: Given): Emitted {
  return { id: scope.context.claimId(`${id}_body`), fields: { type: 'NOOP' }, comments: [] };
}

type Condition = { readonly text: string; readonly comments: readonly string[]; readonly task?: Emitted };

function conditionOf(given: Given, body: Converted, source: string | undefined): Condition {
  const { task, place } = given;
  if (source === undefined) {
    place.say.loss('loopCondition', 'the loop has neither a condition nor items', {
      became: 'loop_condition: "false"',
    });
    return { text: 'false', comments: [] };
  }
  const inputs = scriptInputs(task.input, place, loopValues(task, place));
  const script = tryScript(source, inputs, place, { replaces: true });
  if (!script.ok) return leftToAgent(given, body, { source, reason: script.reason });
  try {
    return { text: conditionText(truthOf(script.value)), comments: scriptComment('Condition', source) };
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    return leftToAgent(given, body, { source, reason: error.message });
  }
}

/** In a condition `$` also has the loop itself, and the outputs of the tasks in it. */
function loopValues(task: ConductorTask, place: SourcePlace): Beyond {
  const inside = new Map(
    bodyOf(task)
      .flatMap(withInner)
      .map((each) => [each.ref, each]),
  );

  return (name, segments) => {
    const [first] = segments;
    const rest = first?.kind === 'name' && first.name === 'output' ? segments.slice(1) : segments;
    if (name === task.ref) return ownValue(rest, task, place);
    const other = inside.get(name);
    if (other === undefined) return undefined;

    return readOutput(other, { base: outputOf(other, place.scope), rest, place, text: `$.${name}` });
  };
}

function ownValue(rest: Parameters<Beyond>[1], task: ConductorTask, place: SourcePlace): Cel {
  const [first, ...more] = rest;
  const name = first?.kind === 'name' ? first.name : '';
  if (name === 'iteration' && more.length === 0) return plainMember(named('loop'), 'iteration');
  const inner = place.scope.context.tasks.get(name);
  // Some scripts read a task of the loop through the loop itself.
  if (inner !== undefined && inner.ref !== task.ref) {
    const [output] = more;
    const after = output?.kind === 'name' && output.name === 'output' ? more.slice(1) : more;
    return readOutput(inner, {
      base: outputOf(inner, place.scope),
      rest: after,
      place,
      text: `$.${task.ref}.${name}`,
    });
  }

  throw new Untranslatable(
    `of the loop itself only the number of the iteration can be read, not "${name || 'all of it'}"`,
  );
}

function outputOf({ ref }: ConductorTask, { context }: ExpressionScope): Cel {
  const id = context.ids.get(ref) ?? ref;

  return plainMember(named(id), 'output');
}

type Refused = { readonly source: string; readonly reason: string };

/** The condition becomes the last task of the body. */
function leftToAgent(given: Given, body: Converted, { source, reason }: Refused): Condition {
  const { task, place, scope } = given;
  const id = scope.context.claimId(`${given.id}_condition`);
  const read = bodyOf(task)
    .flatMap(withInner)
    .filter(({ ref }) => source.includes(ref));
  const outputs = read.map(({ ref }): readonly [string, Json] => [ref, `\${${outputText(ref, scope)}}`]);
  const inputs = {
    ...(toTemplate(task.input, place) as Readonly<Record<string, Json>>),
    ...Object.fromEntries(outputs),
    [task.ref]: { iteration: '${loop.iteration}' },
  };
  const run = evaluated('javascript', source, inputs, place);
  const skill = 'conductor-javascript';
  if (run === undefined)
    place.say.loss('loopCondition', `it cannot be translated: ${reason}`, {
      became: `the task "${id}" with requires: [${skill}]`,
    });
  else
    place.say.info('loopCondition', `it runs as it stands: ${reason}`, {
      became: `the task "${id}" with uses: evaluate`,
    });
  const emitted = build({ ...given, after: body.exits, before: undefined }, 'SIMPLE', {
    id,
    fields: run ?? { requires: [skill], input: { ...inputs, expression: escaped(source) } },
    comments: run === undefined ? scriptComment('Condition', source) : [],
  });

  return { text: `${id}.output.?result.orValue(null) == true`, comments: [], task: emitted };
}

function outputText(ref: string, { context }: ExpressionScope): string {
  return `${context.ids.get(ref) ?? ref}.output`;
}
