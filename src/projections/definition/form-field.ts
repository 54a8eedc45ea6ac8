import type { Definition } from '../../../machines/definition.ts';
import { inputType } from '../../../machines/language/check-input.ts';
import type { FormField } from '../../api/people.ts';

/** What a form asks for, in the order of the definition. */
export function formFieldsOf(input: Definition['input']): readonly FormField[] {
  return Object.entries(input).map(([name, property]) => {
    const { required, description, default: preset, secret, pattern } = property;
    const { minimum, maximum, minLength, maxLength } = property;

    return {
      name,
      required,
      type: inputType(property),
      description,
      default: secret ? undefined : preset,
      enum: property.enum === undefined ? undefined : [...property.enum],
      secret,
      pattern,
      minimum,
      maximum,
      minLength,
      maxLength,
    };
  });
}
