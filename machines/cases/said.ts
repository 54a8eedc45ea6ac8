import type { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import { isMapping } from '../language/read-tasks.ts';
import { template } from '../language/schema/shapes.ts';
import { unworded } from '../language/schema-findings.ts';

/** A value whose form tells which schema it is for: what is wrong with it is told by that one alone. */
export function said<Read>(schemaFor: (given: Json) => z.ZodType<Read>) {
  return template().transform((given, { issues }): Read => {
    const read = schemaFor(given).safeParse(given, { error: () => unworded });
    if (read.success) return read.data;
    for (const issue of read.error.issues) issues.push({ ...issue, input: given } as z.core.$ZodRawIssue);

    return undefined as Read;
  });
}

/** The one key of a mapping that has no other. */
export function onlyKey(given: Json): string | undefined {
  const [key, ...others] = isMapping(given) ? Object.keys(given) : [];

  return others.length === 0 ? key : undefined;
}
