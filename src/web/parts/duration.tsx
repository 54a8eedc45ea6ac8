import { durationText } from '../time/format.ts';
import { useNow } from '../time/now.ts';

/** A span in ms, or between two moments; without `to` it goes on with the clock. */
export type DurationProps =
  | { readonly ms: number | undefined }
  | { readonly from: string | undefined; readonly to?: string | undefined };

/** A duration, still growing if it has no end. Absent: a dash. */
export function Duration(props: DurationProps) {
  if ('ms' in props) return <span className="nowrap">{spanText(props.ms)}</span>;
  if (props.from !== undefined && props.to === undefined) return <Growing from={props.from} />;
  const { from, to } = props;
  const ms = from === undefined || to === undefined ? undefined : Date.parse(to) - Date.parse(from);

  return <span className="nowrap">{spanText(ms)}</span>;
}

function Growing({ from }: { readonly from: string }) {
  const now = useNow();

  return <span className="nowrap">{spanText(Math.floor((now - Date.parse(from)) / 1_000) * 1_000)}</span>;
}

function spanText(ms: number | undefined): string {
  return ms === undefined || Number.isNaN(ms) ? '-' : durationText(ms);
}
