import type { Json } from '../events/canonical-json.ts';

/**
 * What a value must be like: one input of a run, a field of a form, a result, or a part of these. `type` is absent
 * where any value goes.
 */
export type InputProperty = {
  readonly required: boolean;
  readonly default?: Json;
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  readonly description?: string;
  readonly enum?: readonly Json[];
  readonly secret: boolean;
  /** Recorded sealed, so that it can be erased. */
  readonly pii?: boolean;
  /** The index of runs holds it. */
  readonly searchable?: boolean;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: Json;
  /** Of a mapping, in what a task returns: its members. Absent: any. */
  readonly members?: Readonly<Record<string, InputProperty>>;
  /** It has no other members than these. */
  readonly closed?: true;
  /** Expressions may read others than these. */
  readonly open?: true;
  readonly nullable?: true;
};
