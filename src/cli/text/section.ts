import { dump } from 'js-yaml';
import type { Json } from '../../../events/canonical-json.ts';

/** The lines of a value under its title, as YAML; none where there is nothing in it. */
export function section(title: string, value: Json): readonly string[] {
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return [];
  const text = dump(abbreviated(value), { noRefs: true, lineWidth: -1 }).trimEnd();

  return ['', title, ...text.split('\n').map((line) => `  ${line}`)];
}

const itemsMax = 5;
const textLengthMax = 1000;

/** Long lists and texts by their beginning: `--json` has them whole. */
function abbreviated(value: Json): Json {
  if (typeof value === 'string') return beginningOf(value);
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]): [string, Json] => [key, abbreviated(member)]),
    );
  }
  const left = value.length - itemsMax;
  const shown: Json[] = value.slice(0, itemsMax).map(abbreviated);

  return left > 0 ? [...shown, `... and ${left} more (--json shows all)`] : shown;
}

function beginningOf(text: string): string {
  const left = text.length - textLengthMax;

  return left > 0
    ? `${text.slice(0, textLengthMax)}... and ${left} more characters (--json shows all)`
    : text;
}
