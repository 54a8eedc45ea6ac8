import type { Json } from '../../../../events/canonical-json.ts';
import { formatDuration } from '../../../../machines/language/duration.ts';
import type { Place } from '../context.ts';
import { isMap, isUnset, listAt, mapAt, textAt } from '../source/json.ts';
import { toTemplate } from '../templates.ts';
import { build, type Convert, type Given, single } from './build.ts';
import { reportUnusedPolicies } from './fields.ts';
import { parseUntil, parseWait } from './wait-texts.ts';

/** WAIT: for a time, until a time, or for a signal of its name. */
export const convertWait: Convert = (given) => {
  const { task, place } = given;
  reportUnusedPolicies(task, place);
  for (const key of Object.keys(task.input)) {
    if (!['duration', 'until'].includes(key))
      place.say.info(`inputParameters.${key}`, 'a WAIT reads no such input');
  }

  return single(build(given, 'WAIT', { fields: waitFields(given) }));
};

function waitFields(given: Given): Readonly<Record<string, Json>> {
  const { task, place } = given;
  const duration = task.input['duration'];
  const until = task.input['until'];
  if (!isUnset(duration)) return durationFields(String(duration), given);
  if (!isUnset(until)) return untilFields(String(until), place, given);
  place.say.info('WAIT', 'it is completed from outside: by the signal, or by hand', {
    became: `signal: ${given.id}`,
  });

  return { signal: given.id };
}

function durationFields(text: string, given: Given): Readonly<Record<string, Json>> {
  const ms = parseWait(text);
  if (ms !== undefined && ms > 0 && ms <= 366 * 86_400_000) return { duration: formatDuration(ms) };
  const reason = text.includes('${')
    ? `the duration ${text} is worked out at run time`
    : `"${text}" is no duration between 1ms and 366 days`;
  given.place.say.loss('WAIT.duration', `${reason}; the task waits for a signal`, {
    became: `signal: ${given.id}`,
  });

  return { signal: given.id };
}

function untilFields(text: string, place: Place, given: Given): Readonly<Record<string, Json>> {
  if (text.includes('${')) {
    place.say.warning(
      'WAIT.until',
      'a time out of the data has to be ISO 8601 here, such as 2025-10-07T14:20:00Z',
      {
        became: 'until',
      },
    );
    return { until: toTemplate(text, place) };
  }
  const until = parseUntil(text);
  if (until === undefined) {
    place.say.loss('WAIT.until', `"${text}" is no time that is understood; the task waits for a signal`, {
      became: `signal: ${given.id}`,
    });
    return { signal: given.id };
  }
  if (until.assumed !== undefined) place.say.warning('WAIT.until', until.assumed, { became: until.time });

  return { until: until.time };
}

/** HUMAN: an approval; what a person fills in is in `data` of its output. */
export const convertHuman: Convert = (given) => {
  const { task, place } = given;
  reportUnusedPolicies(task, place);
  const definition = mapAt(task.input, '__humanTaskDefinition');
  const names = listAt(definition, 'assignments').flatMap((each) => {
    const name = isMap(each) ? textAt(mapAt(each, 'assignee'), 'user') : undefined;
    return name === undefined || name.includes('${') ? [] : [name];
  });
  place.say.info(
    'HUMAN',
    'it becomes an approval: approve completes it, reject fails it; what is filled in is `data` of its output',
    {
      became: 'wait_for_approval: true',
    },
  );
  for (const key of Object.keys(definition)) {
    const isKnown = key === 'displayName' || (key === 'assignments' && names.length > 0);
    if (!isKnown && !isUnset(definition[key])) {
      place.say.loss(
        `__humanTaskDefinition.${key}`,
        'forms, assignments and triggers of Conductor have no equivalent',
      );
    }
  }
  const others = Object.fromEntries(
    Object.entries(task.input).filter(([key]) => key !== '__humanTaskDefinition'),
  );

  return single(
    build(given, 'HUMAN', {
      fields: {
        wait_for_approval: true,
        approvers: names.length === 0 ? undefined : { names },
        input: isUnset(others) ? undefined : toTemplate(others, place),
      },
    }),
  );
};
