const dayMs = 86_400_000;
const genesis = '2025-08-07T00:00:00Z';
const genesisYear = 25;
const daysInYear = 365;

/**
 * The seeds' clock, `⧗-YY.D.HHMM` in UTC, for an ISO 8601 time: `2025-10-07T14:20:00Z` is `⧗-25.61.1420`. A year has
 * 365 days, leap or not, and times before the genesis count backwards. Throws a RangeError for what is no time.
 */
export function siriusTime(iso: string): string {
  const sinceGenesisMs = Date.parse(iso) - Date.parse(genesis);
  if (Number.isNaN(sinceGenesisMs)) throw new RangeError(`${JSON.stringify(iso)} is not an ISO 8601 time`);

  const days = Math.floor(sinceGenesisMs / dayMs);
  const years = Math.floor(days / daysInYear);
  const minutes = Math.floor((sinceGenesisMs - days * dayMs) / 60_000);

  return `⧗-${genesisYear + years}.${days - years * daysInYear}.${twoDigits(minutes / 60)}${twoDigits(minutes % 60)}`;
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
