import type { Json } from '../../events/canonical-json.ts';

export type Mapping = Readonly<Record<string, Json>>;

export function isMapping(value: Json | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
