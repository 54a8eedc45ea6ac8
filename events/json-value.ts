import { z } from 'zod';
import type { Json } from './canonical-json.ts';

/** Any JSON value, typed as the immutable value it is treated as. */
export const JsonValue = z.json() as unknown as z.ZodType<Json>;
