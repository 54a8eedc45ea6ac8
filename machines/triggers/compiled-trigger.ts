import { parsedCondition, parsedTemplate } from '../chart/templates.ts';
import type { Definition, Trigger } from '../definition.ts';
import type { CompiledCondition } from '../expressions/condition.ts';
import type { CompiledTemplate } from '../expressions/template.ts';
import { triggerId } from './trigger-id.ts';

/** A trigger with its expressions, parsed once. */
export type CompiledTrigger<Kind extends Trigger = Trigger> = {
  readonly trigger: Kind;
  readonly id: string;
  readonly when?: CompiledCondition;
  readonly input?: CompiledTemplate;
  readonly dedupeKey?: CompiledTemplate;
};

/** The triggers of a definition, in their order. Throws on an expression that the checker would have refused. */
export function compileTriggers(definition: Pick<Definition, 'id' | 'triggers'>): readonly CompiledTrigger[] {
  return definition.triggers.map((trigger) => {
    const { when, dedupeKey } = trigger.kind === 'event' ? trigger : {};

    return {
      trigger,
      id: triggerId(definition, trigger),
      ...(when === undefined ? {} : { when: parsedCondition(when) }),
      ...(trigger.input === undefined ? {} : { input: parsedTemplate(trigger.input) }),
      ...(dedupeKey === undefined ? {} : { dedupeKey: parsedTemplate(dedupeKey) }),
    };
  });
}
