import type { Json } from '../../events/canonical-json.ts';
import type { InputProperty } from '../input-property.ts';
import { defined } from '../language/defined.ts';

/** What a value has to be like, as JSON Schema says it to a model. */
export function answerSchema(rules: InputProperty): Json {
  const { type, description, enum: values, pattern, minimum, maximum, minLength, maxLength } = rules;
  const { members, items, nullable } = rules;

  return defined({
    type: type === undefined || nullable !== true ? type : [type, 'null'],
    description,
    enum: values === undefined ? undefined : [...values],
    ...{ pattern, minimum, maximum, minLength, maxLength },
    ...(items === undefined ? {} : { items: answerSchema(items as unknown as InputProperty) }),
    ...(members === undefined ? {} : objectOf(rules, members)),
  }) as Json;
}

function objectOf({ open }: InputProperty, members: Readonly<Record<string, InputProperty>>) {
  const required = Object.entries(members).flatMap(([name, member]) => (member.required ? [name] : []));

  return {
    properties: Object.fromEntries(
      Object.entries(members).map(([name, member]) => [name, answerSchema(member)]),
    ),
    required,
    ...(open === true ? {} : { additionalProperties: false }),
  };
}
