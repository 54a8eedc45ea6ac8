import type { RunPage } from '../../api/run.ts';

/** Any JSON value. */
export type Json = RunPage['input'][string];
export type JsonRecord = Readonly<Record<string, Json>>;
