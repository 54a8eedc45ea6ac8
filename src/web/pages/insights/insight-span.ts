const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The spans to choose from, each up to now. */
export const spans = [
  { name: '1h', ms: HOUR_MS },
  { name: '24h', ms: 24 * HOUR_MS },
  { name: '7d', ms: 7 * 24 * HOUR_MS },
  { name: '30d', ms: 30 * 24 * HOUR_MS },
] as const;

/** From when to when, ISO 8601: the end is the next full minute, so that one question is asked once. */
export function spanOf(name: string, nowMs: number): { readonly from: string; readonly to: string } {
  const { ms } = spans.find((one) => one.name === name) ?? spans[1];
  const toMs = Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS;

  return { from: new Date(toMs - ms).toISOString(), to: new Date(toMs).toISOString() };
}

/** The runs list, narrowed to what a number counts. Times are ms since 1970, and are about when runs began. */
export function runsLink({
  definition = '',
  version,
  status = '',
  fromMs,
  toMs,
}: {
  readonly definition?: string;
  readonly version?: number;
  readonly status?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
}): string {
  const terms = [
    definition === '' ? '' : `definition=${definition}${version === undefined ? '' : `@${version}`}`,
    fromMs === undefined ? '' : `started>=${new Date(fromMs).toISOString()}`,
    toMs === undefined ? '' : `started<${new Date(toMs).toISOString()}`,
  ].filter((term) => term !== '');
  const params = new URLSearchParams();
  if (terms.length > 0) params.set('where', terms.join(' '));
  if (status !== '') params.set('status', status);

  return params.size === 0 ? '/runs' : `/runs?${params}`;
}
