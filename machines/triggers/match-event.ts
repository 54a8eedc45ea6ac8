import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { CloudEvent } from '../../events/cloud-event.ts';
import type { Definition } from '../definition.ts';
import type { CompiledTemplate, Scope } from '../expressions/template.ts';
import type { CompiledTrigger } from './compiled-trigger.ts';
import { firedByEvent } from './fired-event.ts';
import { inputFor, refused, type TriggerFault, triggerScope } from './input-for.ts';

/**
 * What a trigger makes of an event of its type. Events with the same `key` are for the same run; where events wait,
 * those with the same `holdKey` do so together. The input of a batch is made of all its events: alone one has none.
 */
export type EventMatch =
  | {
      readonly kind: 'wanted';
      readonly key: string;
      readonly holdKey: string;
      readonly input: Readonly<Record<string, Json>>;
    }
  /** `saw`: what `message` may go on with, where the data may be shown. */
  | {
      readonly kind: 'ignored';
      readonly code: string;
      readonly message: string;
      readonly saw: string;
    }
  | TriggerFault;

/** The longest key that is told in a message. */
const keyShownMax = 80;

/** Whether a trigger wants an event of its type, and what run it asks for. */
export function matchEvent(
  definition: Pick<Definition, 'id' | 'input'>,
  compiled: CompiledTrigger,
  event: CloudEvent,
): EventMatch {
  const fired = firedByEvent(event);
  const scope = triggerScope(definition, fired);
  const unwanted = unmet(compiled, scope);
  if (unwanted !== undefined) return unwanted;
  const key = keyOf(compiled, event, scope);
  if (typeof key !== 'string') return key;
  const holdKey = compiled.holdKey === undefined ? '' : textOf(compiled.holdKey, scope);
  if (typeof holdKey !== 'string') return holdKey;
  const { trigger } = compiled;
  const isBatch = trigger.kind === 'event' && trigger.hold?.kind === 'batch';
  const fitted = isBatch ? { kind: 'fits' as const, input: {} } : inputFor(definition, compiled, fired);

  return fitted.kind === 'refused' ? fitted : { kind: 'wanted', key, holdKey, input: fitted.input };
}

function unmet({ when }: CompiledTrigger, scope: Scope): EventMatch | undefined {
  if (when === undefined) return undefined;
  const verdict = when.evaluate(scope);
  if (!verdict.ok) return refused('trigger.when', verdict.error.message);
  if (verdict.result) return undefined;
  const saw = Object.entries(verdict.values).map(([path, value]) => `; ${path} = ${JSON.stringify(value)}`);

  return { kind: 'ignored', code: 'trigger.unmet', message: `${when.source} is false`, saw: saw.join('') };
}

function keyOf(
  { dedupeKey }: CompiledTrigger,
  { source, id }: CloudEvent,
  scope: Scope,
): string | TriggerFault {
  return dedupeKey === undefined ? JSON.stringify(['event', source, id]) : textOf(dedupeKey, scope);
}

function textOf(template: CompiledTemplate, scope: Scope): string | TriggerFault {
  const rendered = template.render(scope);
  if (!rendered.ok) return refused('trigger.key', rendered.error.message);
  const { value } = rendered;
  const key = typeof value === 'string' ? value : canonicalJson(value);
  if (value !== null && key.trim() !== '') return key;
  const shown = String(template.source).slice(0, keyShownMax);

  return refused(
    'trigger.key',
    `${shown} is ${value === null ? 'null' : 'empty'}, which tells no event from another`,
  );
}
