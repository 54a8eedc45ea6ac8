const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };
const part = /(\d+(?:\.\d+)?)\s*(days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b\s*,?\s*/gi;

/** Milliseconds of a duration as Conductor writes it: `2 days 3 hours`, `30s`, `1 hour 30 mins`. A number: seconds. */
export function parseWait(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Math.round(Number(trimmed) * 1000);
  // "1h30m" is read as "1h 30m".
  const spaced = trimmed.replace(/([a-z])(?=\d)/gi, '$1 ');
  if (spaced === '' || spaced.replace(part, '').trim() !== '') return undefined;

  return [...spaced.matchAll(part)].reduce(
    (sum, [, count, unit = '']) =>
      sum + Math.round(Number(count) * (unitMs[unit.charAt(0).toLowerCase()] ?? 0)),
    0,
  );
}

const zones: Readonly<Record<string, string>> = {
  UTC: 'Z',
  GMT: 'Z',
  Z: 'Z',
  EST: '-05:00',
  EDT: '-04:00',
  CST: '-06:00',
  CDT: '-05:00',
  MST: '-07:00',
  MDT: '-06:00',
  PST: '-08:00',
  PDT: '-07:00',
  CET: '+01:00',
  CEST: '+02:00',
  IST: '+05:30',
};

/** A time as Conductor writes it, `2024-12-31`, `2024-12-31 11:59` or with a zone, in ISO 8601. */
export function parseUntil(text: string): { readonly time: string; readonly assumed?: string } | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?)?\s*(.*)$/.exec(text.trim());
  if (match === null) return undefined;
  const [, date = '', time = '00:00', seconds = ':00', rest = ''] = match;
  const base = `${date}T${time}${seconds}`;
  if (rest === '')
    return {
      time: `${base}Z`,
      assumed: 'it names no time zone; Conductor takes the one of its server, here it is UTC',
    };
  const zone = rest.toUpperCase().replace(/^(?:GMT|UTC)(?=[+-])/, '');
  const offset = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (offset !== null) {
    const [, sign = '+', hours = '0', minutes = '00'] = offset;
    return { time: `${base}${sign}${hours.padStart(2, '0')}:${minutes}` };
  }
  const known = zones[zone];
  if (known === undefined) return undefined;

  return known === 'Z'
    ? { time: `${base}Z` }
    : { time: `${base}${known}`, assumed: `the zone ${rest} is taken to be ${known}` };
}
