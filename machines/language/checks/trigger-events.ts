import type { Json } from '../../../events/canonical-json.ts';
import type { Trigger } from '../../definition.ts';
import type { Reference } from '../../expressions/outcome.ts';
import { eventNames, fileDataNames, firedNames, tickDataNames } from '../../triggers/fired-event.ts';
import type { Finding } from '../finding.ts';
import type { Outline } from '../outline.ts';
import { isMapping } from '../read-tasks.ts';
import { workflowExpressions } from '../references/expression-sites.ts';
import { referencePlace } from '../references/reference-rules.ts';
import { didYouMean } from '../suggest.ts';

type Kind = Trigger['kind'];
/** `data` is undefined where only whoever sends the event knows what is in it. */
type Known = {
  readonly event: string;
  readonly names: readonly string[];
  readonly data?: { readonly of: string; readonly names: readonly string[] };
};

const known: Readonly<Record<Kind, Known>> = {
  event: { event: 'an event', names: eventNames },
  cron: {
    event: 'the event of a schedule',
    names: firedNames,
    data: { of: 'the data of a schedule', names: tickDataNames },
  },
  file: {
    event: 'the event of a file',
    names: firedNames,
    data: { of: 'the data of a file', names: fileDataNames },
  },
};

/** The expressions of a trigger read of its event only what such an event has. */
export function checkTriggerEvents({ workflow, readText }: Outline): readonly Finding[] {
  const { triggers } = workflow;
  if (!Array.isArray(triggers)) return [];

  return workflowExpressions(workflow).trigger.flatMap(({ kind, text, path }) => {
    const fires = kindOfTrigger((triggers as readonly Json[])[Number(path[2])]);
    const read = readText({ kind, text });
    if (fires === undefined || !read.ok) return [];

    return read.references.flatMap((reference) => {
      const message = unknownName(reference, known[fires]);
      if (message === undefined) return [];
      const within = referencePlace(text, reference);

      return [
        { code: 'definition.unknown-name', message, path, ...(within === undefined ? {} : { within }) },
      ];
    });
  });
}

function kindOfTrigger(trigger: Json | undefined): Kind | undefined {
  if (!isMapping(trigger)) return undefined;
  if ('on' in trigger) return 'event';
  if ('cron' in trigger) return 'cron';

  return 'file' in trigger ? 'file' : undefined;
}

function unknownName({ path: [root, member, name] }: Reference, of: Known): string | undefined {
  if (root !== 'event' || member === undefined) return undefined;
  if (!of.names.includes(member)) return no(of.event, member, of.names);
  if (member !== 'data' || name === undefined || of.data === undefined) return undefined;

  return of.data.names.includes(name) ? undefined : no(of.data.of, name, of.data.names);
}

function no(owner: string, name: string, names: readonly string[]): string {
  return `${owner} has no "${name}", only ${names.join(', ')}${didYouMean(name, names)}`;
}
