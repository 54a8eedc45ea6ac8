import type { Json } from '../../../events/canonical-json.ts';
import type { Trigger } from '../../definition.ts';
import type { Reference } from '../../expressions/outcome.ts';
import {
  batchDataNames,
  eventNames,
  fileDataNames,
  firedNames,
  tickDataNames,
} from '../../triggers/fired-event.ts';
import type { Finding } from '../finding.ts';
import { isMapping } from '../mapping.ts';
import type { Outline } from '../outline.ts';
import { workflowExpressions } from '../references/expression-sites.ts';
import { referencePlace } from '../references/reference-rules.ts';
import { didYouMean } from '../suggest.ts';
import type { ExpressionText } from '../text/read-text.ts';

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

/** Of a batch there is one event for the run, with all of them in it. */
const ofBatch: Known = {
  event: 'the event of a batch',
  names: firedNames,
  data: { of: 'the data of a batch', names: batchDataNames },
};

/** What a run is given of an event that cancels it. */
const cancelling: Known = { event: 'the event that cancels a run', names: ['type', 'data'] };

/** The expressions of a trigger, and those of `cancel_on`, read of the event only what such an event has. */
export function checkTriggerEvents({ workflow, readText }: Outline): readonly Finding[] {
  const { trigger, cancel } = workflowExpressions(workflow);
  const triggers = Array.isArray(workflow['triggers']) ? (workflow['triggers'] as readonly Json[]) : [];

  return [
    ...trigger.flatMap((text) => {
      const written = triggers[Number(text.path[2])];
      const fires = kindOfTrigger(written);
      const isBatch = isMapping(written) && 'batch' in written && text.path[3] === 'input';
      return fires === undefined ? [] : misread(text, isBatch ? ofBatch : known[fires]);
    }),
    ...cancel.flatMap((text) => misread(text, cancelling)),
  ];

  function misread({ kind, text, path }: ExpressionText, of: Known): readonly Finding[] {
    const read = readText({ kind, text });

    return (read.ok ? read.references : []).flatMap((reference) => {
      const message = unknownName(reference, of);
      if (message === undefined) return [];
      const within = referencePlace(text, reference);

      return [
        { code: 'definition.unknown-name', message, path, ...(within === undefined ? {} : { within }) },
      ];
    });
  }
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
