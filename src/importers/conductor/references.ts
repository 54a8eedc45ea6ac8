import type { Json } from '../../../events/canonical-json.ts';
import { binary, concatenated, fromJson, literal, member, named, nothing, plainMember } from './cel/make.ts';
import type { Cel } from './cel/tree.ts';
import type { SourcePlace } from './context.ts';
import { follow, readOutput } from './outputs.ts';
import { parsePath, piecesOf, type Segment } from './source/path.ts';
import type { ConductorTask } from './source/task.ts';

/** What `${text}` of Conductor reads, as an expression of ours. What cannot be read is null, and reported. */
export function resolve(text: string, place: SourcePlace): Cel {
  const [first, ...rest] = parsePath(text);
  if (first?.kind !== 'name') return lost(text, place, 'it names no task and no part of the workflow');
  const { tasks } = place.scope.context;
  if (first.name === 'workflow') return readWorkflow(text, rest, place);
  if (first.name === 'CPEWF_TASK_ID') return taskId(place);
  const task = tasks.get(first.name);
  if (task !== undefined) return readTask(task, rest, { ...place, text });

  return lost(text, place, strangerReason(first.name, place));
}

function strangerReason(name: string, { scope }: SourcePlace): string {
  const { tasks } = scope.context;
  const iteration = /^(.+)__\d+$/.exec(name)?.[1];
  if (iteration !== undefined && tasks.has(iteration)) {
    return `the results of single iterations of "${iteration}" cannot be read by name; only the last one can`;
  }
  const forks = [...tasks.values()].filter(({ type }) => type === 'FORK_JOIN_DYNAMIC');

  return forks.length === 0
    ? `the definition has no task "${name}", so it is null in Conductor too`
    : `the definition has no task "${name}"; if "${forks[0]?.ref}" makes it at run time, its result is among its results`;
}

function lost(text: string, place: SourcePlace, reason: string): Cel {
  place.say.loss(`\${${text}}`, reason, { became: 'null', path: place.pointer });

  return nothing;
}

function readWorkflow(text: string, [first, ...rest]: readonly Segment[], place: SourcePlace): Cel {
  const { context } = place.scope;
  const name = first?.kind === 'name' ? first.name : '';
  const [second, ...more] = rest;
  switch (name) {
    case 'input':
      return second?.kind === 'name'
        ? follow(context.input(second.name), more, place, text)
        : follow(plainMember(named('workflow'), 'input'), rest, place, text);
    case 'variables':
      return second?.kind === 'name'
        ? follow(context.variable(second.name), more, place, text)
        : follow(plainMember(named('workflow'), 'variables'), rest, place, text);
    case 'workflowId':
      return plainMember(named('workflow'), 'run_id');
    case 'workflowType':
    case 'workflowName':
    case 'name':
      return literal(context.name);
    case 'version':
    case 'workflowVersion':
      return literal(context.version);
    case 'status':
      return literal('RUNNING');
    case 'secrets':
      return readSecret(text, rest, place);
    case 'env':
      place.say.warning(
        `\${${text}}`,
        'a variable of the server of Conductor is a secret of the project here',
        {
          became: `secrets.${second?.kind === 'name' ? second.name : ''}`,
        },
      );
      return readSecret(text, rest, place);
    default:
      return lost(text, place, `a run of ours has no "${name}" that an expression can read`);
  }
}

function readSecret(text: string, [name, ...rest]: readonly Segment[], place: SourcePlace): Cel {
  if (name?.kind !== 'name') return lost(text, place, 'secrets are read one by one, by name');

  return follow(plainMember(named('secrets'), name.name), rest, place, text);
}

/** The id of a task is made of the run and its name, which is what tells it from every other. */
function taskId({ scope, task, say }: SourcePlace): Cel {
  const { ids } = scope.context;
  say.warning('${CPEWF_TASK_ID}', 'a task has no id of its own besides its name in the run', {
    became: 'the id of the run and of the task',
  });
  const name = task === undefined ? '' : `/${ids.get(task.ref) ?? task.ref}`;

  return binary('+', plainMember(named('workflow'), 'run_id'), literal(name));
}

type Reading = SourcePlace & { readonly text: string };

function readTask(task: ConductorTask, [first, ...rest]: readonly Segment[], place: Reading): Cel {
  const { text, scope } = place;
  const name = first?.kind === 'name' ? first.name : '';
  const loop = scope.loops[0];
  switch (name) {
    case 'output':
      return readOutput(task, { base: memberOf(task, 'output', place), rest, place, text });
    case 'input':
      return ownInput(task, rest, place);
    case 'status':
      return memberOf(task, 'status', place);
    case 'reasonForIncompletion':
      return member(memberOf(task, 'error', place), 'message');
    case 'iteration':
      if (loop !== undefined) return plainMember(named('loop'), 'iteration');
      return readOutput(task, {
        base: memberOf(task, 'output', place),
        rest: [{ kind: 'name', name }],
        place,
        text,
      });
    default:
      return lost(text, place, `a task of ours has output, status and error, no "${name || 'whole record'}"`);
  }
}

/** `task.output`, in a form that is null-safe where the task may not even be known by then. */
function memberOf({ ref }: ConductorTask, name: string, { scope, say }: SourcePlace): Cel {
  const { ids, hidden } = scope.context;
  const id = ids.get(ref) ?? ref;
  const isOwnLoop = scope.loops.includes(ref);
  if (hidden.has(ref) || (!scope.visible.has(ref) && !isOwnLoop)) {
    say.warning(
      `\${${ref}...}`,
      `"${ref}" is not sure to have come before this place; as in Conductor the value is null then`,
    );
    return member(member(named('tasks'), id), name);
  }
  const task = named(id);

  return plainMember(task, name);
}

/** The input of another task is not kept by name, so that it is worked out anew from what that task reads. */
function ownInput(task: ConductorTask, [first, ...rest]: readonly Segment[], place: Reading): Cel {
  const { text } = place;
  const depth = [...text.matchAll(/\.input\b/g)].length;
  if (task.ref === place.task?.ref || depth > 3) return lost(text, place, 'a task cannot read its own input');
  const value = first?.kind === 'name' ? task.input[first.name] : task.input;
  if (value === undefined) return lost(text, place, `"${task.ref}" has no input of that name`);

  return follow(
    inputValue(value, (inner) => resolve(inner, { ...place, task })),
    rest,
    place,
    text,
  );
}

/** A value of `inputParameters` as one expression, for putting it into another one. */
export function inputValue(value: Json, resolve: (text: string) => Cel): Cel {
  return fromJson(value, (text) => {
    const pieces = piecesOf(text);
    const [only] = pieces;
    if (pieces.length === 1 && only?.kind === 'reference') return resolve(only.text);

    return concatenated(
      pieces.map((piece) => (piece.kind === 'text' ? literal(piece.text) : resolve(piece.text))),
    );
  });
}
