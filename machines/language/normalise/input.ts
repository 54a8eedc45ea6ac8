import type { Json } from '../../../events/canonical-json.ts';
import type { InputProperty } from '../../definition.ts';
import { defined } from '../defined.ts';
import type { InputText, PropertyText } from '../schema/input.ts';

/** One table of inputs out of the short form, the typed form, or both. */
export function normaliseInput(text: InputText | undefined): Readonly<Record<string, InputProperty>> {
  const defaults = defaultsOf(text?.optional);
  const required = new Set(text?.required ?? []);
  const properties = new Map<string, PropertyText>(Object.entries(text?.properties ?? {}));
  const names = new Set([...required, ...defaults.keys(), ...properties.keys()]);

  return Object.fromEntries(
    [...names].map((name) => {
      const property = normaliseProperty(properties.get(name) ?? {}, required.has(name));
      const value = defaults.get(name);

      return [name, value === undefined ? property : { ...property, default: value }];
    }),
  );
}

/** One input in canonical form. */
function normaliseProperty(text: PropertyText, required: boolean): InputProperty {
  return defined({ ...text, required, secret: text.secret ?? false });
}

/** `optional: [a, {b: 1}]` or `optional: {b: 1}`: names, with undefined where there is no default. */
export function defaultsOf(optional: InputText['optional']): ReadonlyMap<string, Json | undefined> {
  if (optional === undefined) return new Map();
  const entries = Array.isArray(optional) ? optional : [optional as Readonly<Record<string, Json>>];

  return new Map(
    entries.flatMap((entry): readonly (readonly [string, Json | undefined])[] =>
      typeof entry === 'string' ? [[entry, undefined]] : Object.entries(entry),
    ),
  );
}
