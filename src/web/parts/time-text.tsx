import { useState } from 'react';
import { absoluteText, relativeText } from '../time/format.ts';
import { useNow } from '../time/now.ts';
import { type TimeMode, useTimeMode } from '../time/zone.ts';

export type TimeTextProps = {
  /** ISO 8601. */
  readonly iso: string | undefined;
  /** As chosen for all pages when left out. */
  readonly mode?: TimeMode;
};

/** A moment: relative to now with the absolute time, zone named, on hover and focus; or absolute. Absent: a dash. */
export function TimeText({ iso, mode }: TimeTextProps) {
  const [chosen] = useTimeMode();
  if (iso === undefined) return <span className="soft">-</span>;
  const told = mode ?? chosen;

  return told === 'relative' ? <RelativeTime iso={iso} /> : <AbsoluteTime iso={iso} isUtc={told === 'utc'} />;
}

function AbsoluteTime({ iso, isUtc }: { readonly iso: string; readonly isUtc: boolean }) {
  return (
    <time dateTime={iso} className="nowrap">
      {absoluteText(iso, isUtc ? 'UTC' : undefined)}
    </time>
  );
}

function RelativeTime({ iso }: { readonly iso: string }) {
  const now = useNow();
  const [isAbsolute, setAbsolute] = useState(false);
  const absolute = absoluteText(iso);

  return (
    <time
      dateTime={iso}
      className="nowrap"
      title={absolute}
      onPointerEnter={() => setAbsolute(false)}
      onFocus={() => setAbsolute(true)}
      onBlur={() => setAbsolute(false)}
    >
      {isAbsolute ? absolute : relativeText(iso, now)}
    </time>
  );
}
