import type { Json } from '../../../../events/canonical-json.ts';
import { formatDuration } from '../../../../machines/language/duration.ts';
import type { SourcePlace } from '../context.ts';
import { isMap, isUnset, listAt, mapAt, textAt } from '../source/parse-json.ts';
import { toTemplate } from '../templates.ts';
import { build, type Convert, type Given, reportUnusedPolicies, single } from './build.ts';

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };
const part = /(\d+(?:\.\d+)?)\s*(days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b\s*,?\s*/gi;

const zones: Readonly<Record<string, string>> = {
  UTC: 'Z',
  GMT: 'Z',
  Z: 'Z',
  EST: '-05:00',
  EDT: '-04:00',
  CST: '-06:00',
  CDT: '-05:00',
  MST: '-07:00',
  MDT: '-06:00',
  PST: '-08:00',
  PDT: '-07:00',
  CET: '+01:00',
  CEST: '+02:00',
  IST: '+05:30',
};

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

function untilFields(text: string, place: SourcePlace, given: Given): Readonly<Record<string, Json>> {
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

/** Milliseconds of a duration as Conductor writes it: `2 days 3 hours`, `30s`, `1 hour 30 mins`. A number: seconds. */
export function parseWait(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Math.round(Number(trimmed) * 1000);
  // "1h30m" is read as "1h 30m".
  const spaced = trimmed.replace(/([a-z])(?=\d)/gi, '$1 ');
  if (spaced === '' || spaced.replace(part, '').trim() !== '') return undefined;

  return [...spaced.matchAll(part)].reduce(
    (sum, [, count, unit = '']) =>
      sum + Math.round(Number(count) * (unitMs[unit.charAt(0).toLowerCase()] ?? 0)),
    0,
  );
}

/** A time as Conductor writes it, `2024-12-31`, `2024-12-31 11:59` or with a zone, in ISO 8601. */
export function parseUntil(text: string): { readonly time: string; readonly assumed?: string } | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?)?\s*(.*)$/.exec(text.trim());
  if (match === null) return undefined;
  const [, date = '', time = '00:00', seconds = ':00', rest = ''] = match;
  const base = `${date}T${time}${seconds}`;
  if (rest === '')
    return {
      time: `${base}Z`,
      assumed: 'it names no time zone; Conductor takes the one of its server, here it is UTC',
    };
  const zone = rest.toUpperCase().replace(/^(?:GMT|UTC)(?=[+-])/, '');
  const offset = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (offset !== null) {
    const [, sign = '+', hours = '0', minutes = '00'] = offset;
    return { time: `${base}${sign}${hours.padStart(2, '0')}:${minutes}` };
  }
  const known = zones[zone];
  if (known === undefined) return undefined;

  return known === 'Z'
    ? { time: `${base}Z` }
    : { time: `${base}${known}`, assumed: `the zone ${rest} is taken to be ${known}` };
}
