import { loopOver, mapOf, member, named, nothing, plainMember } from './cel/make.ts';
import type { Cel } from './cel/tree.ts';
import type { SourcePlace } from './context.ts';
import { listAt } from './source/parse-json.ts';
import type { Segment } from './source/path.ts';
import type { ConductorTask } from './source/task.ts';

/** What is read of the output of a task: `base` is the output, `rest` what follows after it in the reference. */
export type OutputRead = {
  readonly base: Cel;
  readonly rest: readonly Segment[];
  readonly place: SourcePlace;
  readonly text: string;
};

/** Reads an output in the shape that ours has where Conductor's has another. */
export function readOutput(task: ConductorTask, read: OutputRead): Cel {
  switch (task.type) {
    case 'HTTP':
      return readHttp(task, read);
    case 'INLINE':
    case 'LAMBDA':
    case 'JSON_JQ_TRANSFORM':
      return readComputed(task, read);
    case 'HUMAN':
      return follow(member(read.base, 'data'), read.rest, read.place, read.text);
    case 'DO_WHILE':
    case 'WHILE':
      return readLoop(task, read);
    case 'JOIN':
      return readJoin(task, read);
    case 'EXCLUSIVE_JOIN':
      return readExclusiveJoin(task, read);
    case 'SUB_WORKFLOW':
      return firstName(read) === 'subWorkflowId' ? lost(read, 'the id of the child run') : plain(read);
    case 'START_WORKFLOW':
      return lost(read, 'the id of the run that was started');
    case 'SWITCH':
    case 'DECISION':
      return lost(read, 'the case that was taken');
    case 'FORK_JOIN_DYNAMIC':
      return lost(read, 'the tasks that were made');
    default:
      return plain(read);
  }
}

function plain({ base, rest, place, text }: OutputRead): Cel {
  return follow(base, rest, place, text);
}

function firstName({ rest }: OutputRead): string | undefined {
  const [first] = rest;

  return first?.kind === 'name' ? first.name : undefined;
}

function lost({ place, text }: OutputRead, what: string): Cel {
  place.say.loss(`\${${text}}`, `${what} is not an output here`, { became: 'null', path: place.pointer });

  return nothing;
}

/** A member that is always there once the task has completed. */
function sure(task: ConductorTask, base: Cel, key: string, { place }: OutputRead): Cel {
  const isSure = place.scope.certain.has(task.ref) && base.kind === 'member' && !base.safe;

  return isSure ? plainMember(base, key) : member(base, key);
}

/** Conductor: `response.{statusCode, headers, body, reasonPhrase}`; ours: `status`, `headers`, `body`. */
function readHttp(task: ConductorTask, read: OutputRead): Cel {
  const { base, place, text } = read;
  const status = sure(task, base, 'status', read);
  const headers = sure(task, base, 'headers', read);
  const body = sure(task, base, 'body', read);
  const rest = firstName(read) === 'response' ? read.rest.slice(1) : read.rest;
  const [first, ...more] = rest;
  const response = mapOf([
    ['statusCode', status],
    ['headers', headers],
    ['body', body],
  ]);
  if (first === undefined) return read.rest.length === 0 ? mapOf([['response', response]]) : response;
  if (first.kind === 'other') return plain(read);
  const name = first.kind === 'name' ? first.name : '';
  if (name === 'body') return follow(body, more, place, text);
  if (name === 'statusCode' || name === 'status') return status;
  if (name === 'headers') return readHeader(headers, more, read);

  return lost(read, `"${name || 'this part'}" of a response`);
}

/** Names of headers are in lower case here, and each has one text where Conductor has a list. */
function readHeader(headers: Cel, [name, ...rest]: readonly Segment[], { place, text }: OutputRead): Cel {
  if (name?.kind !== 'name') return headers;
  const [index] = rest;
  const more = index?.kind === 'index' && index.index === 0 ? rest.slice(1) : rest;

  return follow(member(headers, name.name.toLowerCase()), more, place, text);
}

function readComputed(task: ConductorTask, read: OutputRead): Cel {
  const { base, rest, place, text } = read;
  const name = firstName(read);
  if (name === 'result') return follow(sure(task, base, 'result', read), rest.slice(1), place, text);
  const isList = task.type === 'JSON_JQ_TRANSFORM' && name === 'resultList';

  return isList ? follow(sure(task, base, 'resultList', read), rest.slice(1), place, text) : plain(read);
}

function readLoop(task: ConductorTask, read: OutputRead): Cel {
  const { base, rest, place, text } = read;
  const name = firstName(read);
  const innermost = place.scope.loops[0] === task.ref;
  const around = place.scope.loops.includes(task.ref);
  if (name === 'iteration' && innermost) return plainMember(named('loop'), 'iteration');
  if (name === 'loopItem' && innermost) return follow(named('item'), rest.slice(1), place, text);
  if (name === 'loopIndex' && innermost) return named('index');
  if (around) return lost(read, 'what a loop around this one has so far');
  if (name === 'iteration') return sure(task, base, 'iteration', read);
  if (rest.length > 0) return lost(read, 'the result of one iteration by its number');
  place.say.warning(`\${${text}}`, 'the output of a loop has `iteration` and a list `results` here', {
    became: `${task.ref}.output`,
  });

  return base;
}

function readJoin(task: ConductorTask, read: OutputRead): Cel {
  const { base, rest, place, text } = read;
  const { context } = place.scope;
  const fork = context.dynamicJoins.get(task.ref);
  if (fork !== undefined) return readDynamicJoin(fork, read);
  const name = firstName(read);
  const joined = name === undefined ? undefined : context.tasks.get(name);
  if (joined === undefined) return plain(read);
  const id = context.ids.get(joined.ref) ?? joined.ref;

  return readOutput(joined, { base: member(base, id), rest: rest.slice(1), place, text });
}

function readDynamicJoin(fork: ConductorTask, read: OutputRead): Cel {
  const { rest, place, text } = read;
  const { ids, hidden } = place.scope.context;
  const id = ids.get(fork.ref) ?? fork.ref;
  if (rest.length > 0) {
    return lost(read, `the result of one dynamic task by its name (they are a list, ${id}.output.results)`);
  }
  place.say.warning(
    `\${${text}}`,
    'Conductor gives a map from reference name to output, here it is a list in the order of the items',
    { became: `${id}.output.results` },
  );
  const task = named(id);
  const isKnown = place.scope.visible.has(fork.ref) && !hidden.has(fork.ref);
  const output = isKnown ? plainMember(task, 'output') : member(member(named('tasks'), id), 'output');

  return member(output, 'results');
}

/** Conductor gives the output of the task that was first; here it stands under the name of that task. */
function readExclusiveJoin(task: ConductorTask, { base, rest, place, text }: OutputRead): Cel {
  const { context } = place.scope;
  const refs = [...listAt(task.raw, 'joinOn'), ...listAt(task.raw, 'defaultExclusiveJoinTask')];
  const options = refs.flatMap((ref) => {
    const joined = typeof ref === 'string' ? context.tasks.get(ref) : undefined;
    if (joined === undefined) return [];
    const id = context.ids.get(joined.ref) ?? joined.ref;
    return [readOutput(joined, { base: member(base, id), rest, place, text })];
  });

  return options.length === 0 ? follow(base, rest, place, text) : { kind: 'either', options };
}

/** Goes on from a value over further members, each of which may be missing. `text` is the whole reference. */
export function follow(
  base: Cel,
  segments: readonly Segment[],
  place: SourcePlace,
  text: string,
  depth = 0,
): Cel {
  let value = base;
  for (const [at, segment] of segments.entries()) {
    if (segment.kind === 'name') value = member(value, segment.name);
    else if (segment.kind === 'index') value = member(value, segment.index);
    else if (segment.kind === 'all') {
      const variable = `each${depth === 0 ? '' : depth + 1}`;
      const rest = segments.slice(at + 1);
      const body = follow(named(variable), rest, place, text, depth + 1);
      return rest.length === 0 ? value : loopOver({ loop: 'map', over: value, variable, body });
    } else {
      const reason = `"${segment.text}" is JSONPath that an expression of ours has no word for`;
      place.say.loss(`\${${text}}`, reason, { became: 'null', path: place.pointer });
      return nothing;
    }
  }

  return value;
}
