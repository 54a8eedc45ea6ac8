import type { Json } from '../../events/canonical-json.ts';
import type { Definition } from '../definition.ts';
import type { Scope } from '../expressions/template.ts';
import { checkInput } from '../language/check-input.ts';
import { kindOf } from '../language/schema/shapes.ts';
import type { CompiledTrigger } from './compiled-trigger.ts';
import type { FiredEvent } from './fired-event.ts';

/** Why a trigger cannot start a run, by a stable code and in a sentence. */
export type TriggerFault = { readonly kind: 'refused'; readonly code: string; readonly message: string };

type Inputs = Readonly<Record<string, Json>>;

/**
 * The input of the run that a trigger starts, checked and with its defaults filled in. A trigger that does not say what
 * the input is hands on what there is of the declared inputs in the data of an event or a file; a schedule has no data.
 */
export function inputFor(
  definition: Pick<Definition, 'id' | 'input'>,
  compiled: CompiledTrigger,
  event: FiredEvent,
): TriggerFault | { readonly kind: 'fits'; readonly input: Inputs } {
  const given = givenInput(definition, compiled, event);
  if (!given.ok) return refused('trigger.input', given.message);
  if (!isMapping(given.value)) {
    return refused('trigger.input', `the input of a run is a mapping, and this is ${kindOf(given.value)}`);
  }
  const checked = checkInput(definition, given.value);
  if (checked.ok) return { kind: 'fits', input: checked.input };

  return refused('trigger.input', checked.problems.map(({ message }) => message).join('; '));
}

/** What the expressions of a trigger see. */
export function triggerScope({ id }: Pick<Definition, 'id'>, event: FiredEvent): Scope {
  return { event, workflow: { id } };
}

export function refused(code: string, message: string): TriggerFault {
  return { kind: 'refused', code, message };
}

function givenInput(
  definition: Pick<Definition, 'id' | 'input'>,
  { trigger, input }: CompiledTrigger,
  event: FiredEvent,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string } {
  if (input === undefined) {
    return { ok: true, value: trigger.kind === 'cron' ? {} : declaredOf(definition, event.data) };
  }
  const rendered = input.render(triggerScope(definition, event));

  return rendered.ok ? rendered : { ok: false, message: rendered.error.message };
}

function declaredOf({ input }: Pick<Definition, 'input'>, data: Json): Inputs {
  if (!isMapping(data)) return {};

  return Object.fromEntries(Object.entries(data).filter(([name]) => Object.hasOwn(input, name)));
}

function isMapping(value: Json): value is Inputs {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
