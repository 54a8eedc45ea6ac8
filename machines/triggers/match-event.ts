import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { CloudEvent } from '../../events/cloud-event.ts';
import type { Definition } from '../definition.ts';
import type { Scope } from '../expressions/template.ts';
import type { CompiledTrigger } from './compiled-trigger.ts';
import { firedByEvent } from './fired-event.ts';
import { inputFor, refused, type TriggerFault, triggerScope } from './input-for.ts';

/** What a trigger makes of an event of its type. Events with the same `key` are for the same run. */
export type EventMatch =
  | { readonly kind: 'wanted'; readonly key: string; readonly input: Readonly<Record<string, Json>> }
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
  const fitted = inputFor(definition, compiled, fired);

  return fitted.kind === 'refused' ? fitted : { kind: 'wanted', key, input: fitted.input };
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
  if (dedupeKey === undefined) return JSON.stringify(['event', source, id]);
  const rendered = dedupeKey.render(scope);
  if (!rendered.ok) return refused('trigger.key', rendered.error.message);
  const { value } = rendered;
  const key = typeof value === 'string' ? value : canonicalJson(value);
  if (value !== null && key.trim() !== '') return key;
  const shown = String(dedupeKey.source).slice(0, keyShownMax);

  return refused(
    'trigger.key',
    `${shown} is ${value === null ? 'null' : 'empty'}, which tells no event from another`,
  );
}
