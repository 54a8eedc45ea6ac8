import type { Json } from '../../../events/canonical-json.ts';
import { isEventType } from '../../../events/cloud-event.ts';
import type { EventTrigger, Trigger } from '../../definition.ts';
import { compileTemplate } from '../../expressions/template.ts';
import { triggerId } from '../../triggers/compiled-trigger.ts';
import { cronProblem } from '../../triggers/cron-ticks.ts';
import { batchDataNames, fileDataNames } from '../../triggers/fired-event.ts';
import { isOwnFile } from '../../triggers/own-files.ts';
import type { Finding } from '../finding.ts';
import { checkValue } from '../input-value.ts';
import { isMapping } from '../mapping.ts';
import type { Outline } from '../outline.ts';
import { kindOf } from '../schema/shapes.ts';
import { didYouMean } from '../suggest.ts';
import type { Path } from '../text/yaml-node.ts';
import { outsideProject } from './output-paths.ts';

type Declared = Outline['definition']['input'];
type Site = { readonly trigger: Trigger; readonly path: Path };

/** More triggers than this are a mistake or an attack. */
const triggersMax = 100;

/** What starts runs can come, has a name of its own, and gives a run the input that it needs. */
export function checkTriggers({ definition, workflow }: Outline): readonly Finding[] {
  const { triggers, input } = definition;
  const sites = triggers.map((trigger, index) => ({ trigger, path: ['workflow', 'triggers', index] }));
  const over = sites[triggersMax];
  if (over !== undefined) {
    const message = `more than ${triggersMax} triggers`;
    return [{ code: 'definition.out-of-range', message, path: over.path }];
  }

  return [
    ...sites.flatMap(({ trigger, path }) => whatComes(trigger, path)),
    ...sameNames(sites, (trigger) => triggerId(definition, trigger)),
    ...sites.flatMap(({ trigger, path }) => inputOf(trigger, input, path)),
    ...sites.flatMap(({ path }, index) => severalHolds(listed(workflow['triggers'])[index], path)),
    ...cancelTypes(workflow['cancel_on'], ['workflow', 'cancel_on']),
  ];
}

function listed(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** What cancels runs is named as it was written: a name, a mapping, or a list of these. */
function cancelTypes(value: Json | undefined, path: Path): readonly Finding[] {
  if (typeof value === 'string') return eventType(value, path);
  if (Array.isArray(value))
    return (value as readonly Json[]).flatMap((each, index) => cancelTypes(each, [...path, index]));

  return isMapping(value) ? cancelTypes(value['event'], [...path, 'event']) : [];
}

function whatComes(trigger: Trigger, path: Path): readonly Finding[] {
  switch (trigger.kind) {
    case 'event':
      return [
        ...eventType(trigger.on, [...path, 'on']),
        ...constantKey(trigger.dedupeKey, [...path, 'dedupe_key']),
        ...holdFindings(trigger, path),
      ];
    case 'cron': {
      const problem = cronProblem(trigger);
      if (problem === undefined) return [];
      const { at, message } = problem;
      return [{ code: 'definition.bad-schedule', message, path: [...path, at] }];
    }
    case 'file': {
      const message =
        outsideProject(trigger.glob) ??
        (isOwnFile(trigger.glob) ? ownFiles : undefined) ??
        unreadableGlob(trigger.glob);
      return message === undefined ? [] : [{ code: 'definition.bad-path', message, path: [...path, 'file'] }];
    }
  }
}

const ownFiles =
  'what is in .3ox is ours: every run writes there, and would start the next; watch another folder';

function eventType(type: string, path: Path): readonly Finding[] {
  if (isEventType(type)) return [];
  const rule = 'letters, digits, _ and -, in parts joined by dots, such as order.paid';

  return [{ code: 'definition.bad-value', message: `"${type}" is no type of an event: ${rule}`, path }];
}

/** Without an expression every event has the same key, so that only the first one ever starts a run. */
function constantKey(key: Json | undefined, path: Path): readonly Finding[] {
  if (typeof key !== 'string' || key.includes('${')) return [];
  const message = `every event has the same key: write an expression such as \${${key.startsWith('event.') ? key : 'event.data.id'}}`;

  return [{ code: 'definition.bad-value', message, path }];
}

const holds = ['throttle', 'debounce', 'batch'] as const;

/** Events wait for one thing, and for a run of their own only one by one. */
function holdFindings({ hold, dedupeKey }: EventTrigger, path: Path): readonly Finding[] {
  if (hold === undefined) return [];
  const place = [...path, hold.kind];
  const isTogether = hold.kind !== 'throttle';

  return [
    ...constantKey(hold.key, [...place, 'key']),
    ...(isTogether && dedupeKey !== undefined
      ? [
          {
            code: 'definition.bad-combination',
            message: `with ${hold.kind} no event has a run of its own that dedupe_key could name; leave dedupe_key out`,
            path: [...path, 'dedupe_key'],
          },
        ]
      : []),
    ...(hold.kind === 'debounce' && hold.mostMs !== undefined && hold.mostMs < hold.quietMs
      ? [
          {
            code: 'definition.bad-combination',
            message: 'at_most is shorter than for, which then never passes',
            path: [...place, 'at_most'],
          },
        ]
      : []),
  ];
}

/** As it was written: of several rules the canonical form has one. */
function severalHolds(written: Json | undefined, path: Path): readonly Finding[] {
  const given = isMapping(written) ? holds.filter((name) => Object.hasOwn(written, name)) : [];
  const [first, second] = given;
  if (second === undefined) return [];
  const message = `"${first}" and "${second}": events of a trigger wait for one thing; leave one of them out`;

  return [{ code: 'definition.bad-combination', message, path: [...path, second], at: 'key' }];
}

/** Several triggers for events may have one name: they count as one. All others are told apart by theirs. */
function sameNames(sites: readonly Site[], nameOf: (trigger: Trigger) => string): readonly Finding[] {
  const seen = new Map<string, Site>();

  return sites.flatMap((site) => {
    const name = nameOf(site.trigger);
    const first = seen.get(name);
    if (first === undefined) seen.set(name, site);
    if (first === undefined || (countsAsOne(first.trigger) && countsAsOne(site.trigger))) return [];
    const message = `the name "${name}" is that of two triggers; give one another id`;

    return [{ code: 'definition.duplicate-id', message, path: nameAt(site), first: nameAt(first) }];
  });
}

/** What waits is kept by the name of its trigger. */
function countsAsOne(trigger: Trigger): boolean {
  return trigger.kind === 'event' && trigger.hold === undefined;
}

function nameAt({ trigger, path }: Site): Path {
  return trigger.id === undefined ? path : [...path, 'id'];
}

function inputOf(trigger: Trigger, declared: Declared, path: Path): readonly Finding[] {
  const { input } = trigger;

  return input === undefined ? lacking(trigger, declared, path) : inputFindings(input, declared, path);
}

/** What is wrong with the `input`, at the path, that a run of a definition with these inputs is given. */
export function inputFindings(input: Json, declared: Declared, path: Path): readonly Finding[] {
  const place = [...path, 'input'];
  // One expression gives whatever it gives.
  if (typeof input === 'string' && input.includes('${')) return [];
  if (!isMapping(input)) {
    const message = `expected a mapping from input to value, found ${kindOf(input)}`;
    return [{ code: 'definition.wrong-type', message, path: place }];
  }
  const missing = Object.keys(declared).filter(
    (name) => declared[name]?.required === true && !Object.hasOwn(input, name),
  );

  return [
    ...Object.entries(input).flatMap(([name, value]) =>
      givenFindings(declared, name, { value, path: place }),
    ),
    ...missing.map((name) => ({
      code: 'definition.missing-key',
      message: `the required input "${name}" is not given`,
      path: place,
    })),
  ];
}

/** Without `input` a schedule gives nothing, and a file what is known of it. What an event brings, nobody knows. */
function lacking(trigger: Trigger, declared: Declared, path: Path): readonly Finding[] {
  if (trigger.kind === 'event') return trigger.hold?.kind === 'batch' ? lackingInBatch(declared, path) : [];
  const given = trigger.kind === 'file' ? fileDataNames : [];
  const what =
    trigger.kind === 'file'
      ? `a file gives ${fileDataNames.join(', ')} only`
      : 'a schedule gives nothing by itself';

  return Object.keys(declared)
    .filter((name) => declared[name]?.required === true && !given.includes(name))
    .map((name) => ({
      code: 'definition.missing-key',
      message: `the required input "${name}" is not given: ${what}; say it under input`,
      path,
    }));
}

/** Without `input` a run of a batch gets what its one event has. */
function lackingInBatch(declared: Declared, path: Path): readonly Finding[] {
  return Object.keys(declared)
    .filter((name) => declared[name]?.required === true && !batchDataNames.includes(name))
    .map((name) => ({
      code: 'definition.missing-key',
      message: `the required input "${name}" is not given: a batch gives ${batchDataNames.join(', ')} only; say it under input`,
      path,
    }));
}

function givenFindings(
  declared: Declared,
  name: string,
  { value, path }: { readonly value: Json; readonly path: Path },
): readonly Finding[] {
  const property = Object.hasOwn(declared, name) ? declared[name] : undefined;
  if (property === undefined) {
    const message = `no input "${name}"${didYouMean(name, Object.keys(declared))}`;
    return [{ code: 'definition.undeclared-input', message, path: [...path, name], at: 'key' }];
  }
  const compiled = compileTemplate(value);
  if (!compiled.ok || !compiled.template.constant) return [];

  return checkValue(value, property, property.secret).map(({ message, at }) => ({
    code: 'definition.bad-value',
    message: `the input "${name}" is refused${at === '' ? '' : ` at ${at}`}: ${message}`,
    path: [...path, name],
  }));
}

/** Why a glob cannot be read: an opening bracket without its closing one would be taken as part of a name. */
function unreadableGlob(glob: string): string | undefined {
  // What is in a class, such as [[] or [{], stands for itself.
  const rest = glob.replace(/\[\[?[^[\]]*\]/g, '');
  const open = rest.includes('[') ? '[' : rest.split('{').length > rest.split('}').length ? '{' : undefined;
  if (open === undefined) return undefined;

  return `the glob has a ${open} that is never closed; write [${open}] for the character itself`;
}
