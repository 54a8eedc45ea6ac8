import { parsedCondition, parsedTemplate } from '../chart/templates.ts';
import type { Definition, Trigger } from '../definition.ts';
import type { CompiledCondition } from '../expressions/condition.ts';
import type { CompiledTemplate } from '../expressions/template.ts';

/** A trigger with its expressions, parsed once. */
export type CompiledTrigger<Kind extends Trigger = Trigger> = {
  readonly trigger: Kind;
  readonly id: string;
  readonly when?: CompiledCondition;
  readonly input?: CompiledTemplate;
  readonly dedupeKey?: CompiledTemplate;
  /** Which events wait together. */
  readonly holdKey?: CompiledTemplate;
};

/** The triggers of a definition, in their order. Throws on an expression that the checker would have refused. */
export function compileTriggers(definition: Pick<Definition, 'id' | 'triggers'>): readonly CompiledTrigger[] {
  return definition.triggers.map((trigger) => {
    const { when, dedupeKey, hold } = trigger.kind === 'event' ? trigger : {};

    return {
      trigger,
      id: triggerId(definition, trigger),
      ...(when === undefined ? {} : { when: parsedCondition(when) }),
      ...(trigger.input === undefined ? {} : { input: parsedTemplate(trigger.input) }),
      ...(dedupeKey === undefined ? {} : { dedupeKey: parsedTemplate(dedupeKey) }),
      ...(hold?.key === undefined ? {} : { holdKey: parsedTemplate(hold.key) }),
    };
  });
}

/**
 * The name of a trigger among those of its definition: its `id`, or else the type of its event. Schedules and files
 * without an `id` are named after the definition and counted, so that their order is part of their name.
 */
export function triggerId({ id, triggers }: Pick<Definition, 'id' | 'triggers'>, trigger: Trigger): string {
  if (trigger.id !== undefined) return trigger.id;
  if (trigger.kind === 'event') return trigger.on;
  const unnamed = triggers.filter((each) => each.kind === trigger.kind && each.id === undefined);
  const place = unnamed.indexOf(trigger);

  return `${id}-${trigger.kind}${place === 0 ? '' : `-${place + 1}`}`;
}
