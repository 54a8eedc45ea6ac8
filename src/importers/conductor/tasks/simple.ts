import type { Json } from '../../../../events/canonical-json.ts';
import { isUnset, textAt } from '../source/parse-json.ts';
import { toTemplate } from '../templates.ts';
import { attemptFields, definitionOf } from './attempts.ts';
import { build, type Convert, type Converted, type Given, single } from './build.ts';

/** A task that a worker carries out: for an agent with a skill of its name. */
export const convertSimple: Convert = (given) => forAgent(given, given.task.name);

/** The name of the task comes out of the input. */
export const convertDynamic: Convert = (given) => {
  const { task, place } = given;
  const param = textAt(task.raw, 'dynamicTaskNameParam');
  const name = param === undefined ? undefined : task.input[param];
  if (typeof name !== 'string') {
    place.say.loss('dynamicTaskNameParam', `the input "${param ?? ''}" that names the task is missing`, {
      became: `requires: [${task.name}]`,
    });
    return forAgent(given, task.name);
  }
  place.say.info('DYNAMIC', 'whatever the name is, an agent with a skill of that name carries it out');

  return forAgent(given, toTemplate(name, place));
};

const systemTasks = new Set(
  (
    'KAFKA_PUBLISH HTTP_POLL JDBC BUSINESS_RULE SENDGRID WAIT_FOR_WEBHOOK GET_WORKFLOW UPDATE_TASK UPDATE_SECRET ' +
    'TERMINATE_WORKFLOW GET_SIGNED_JWT QUERY_PROCESSOR OPS_GENIE SET_CORRELATION_ID PULL_WORKFLOW_MESSAGES YIELD AGENT ' +
    'GRPC STARTUP ARCHIVE ALERTING'
  ).split(' '),
);

/** A task of Conductor itself that ours does not have, or one of a type that a team has made. */
export const convertOther: Convert = (given) => {
  const { task, place } = given;
  if (task.type === 'USER_DEFINED') return forAgent(given, task.name);
  const isSystem =
    systemTasks.has(task.type) ||
    /^(LLM|GENERATE|CHUNK|GET|LIST|CALL|STORE|SEARCH|PARSE|A2A|MCP|INDEX)_/.test(task.type);
  const became = `requires: [${task.type}]`;
  if (isSystem) {
    place.say.loss(
      task.type,
      'a system task of Conductor that has no equivalent; an agent with that skill has to do it',
      { became },
    );
  } else {
    place.say.warning(
      task.type,
      'a type of task that is not part of Conductor; an agent with that skill carries it out',
      { became },
    );
  }

  return forAgent(given, task.type);
};

/** A SIMPLE task of ours. `skill` is left out where it is the id, which is what an agent is looked for by. */
export function forAgent(given: Given, skill: Json, more: Forced = {}): Converted {
  const { task, place, id } = given;
  const template = definitionOf(task, place)?.['inputTemplate'];
  const merged =
    typeof template === 'object' && template !== null && !Array.isArray(template)
      ? { ...template, ...task.input }
      : task.input;
  const input = more.input ?? (toTemplate(merged, place) as Json);

  return single(
    build(given, 'SIMPLE', {
      fields: {
        requires: skill === id ? undefined : [skill],
        input: isUnset(input) ? undefined : input,
        optional: task.raw['optional'] === true ? true : undefined,
        ...attemptFields(task, place, { worker: true }),
      },
      comments: more.comments ?? [],
    }),
  );
}

type Forced = { readonly input?: Json; readonly comments?: readonly string[] };
