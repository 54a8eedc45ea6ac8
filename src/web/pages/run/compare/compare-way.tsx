import { Link } from 'wouter';
import type { RunComparison, WayPoint } from '../../../../api/run-compare.ts';
import { StatusGlyph } from '../../../parts/status/status-glyph.tsx';
import { statusLook } from '../../../parts/status/status-look.ts';
import { pointText, wayText } from './compare-words.ts';

/** The first task that went another way, and what took each run there. */
export function CompareWay({ comparison }: { readonly comparison: RunComparison }) {
  const { parting, one, other } = comparison;
  if (parting === undefined) return <p>{wayText(comparison)}</p>;

  return (
    <>
      <p>
        Their ways part at the task <code>{parting.task}</code>.
      </p>
      <ul className="compare-way">
        <Side shortId={one.shortId} point={parting.one} />
        <Side shortId={other.shortId} point={parting.other} />
      </ul>
    </>
  );
}

function Side({ shortId, point }: { readonly shortId: string; readonly point: WayPoint | undefined }) {
  return (
    <li>
      <span className="mono">{shortId}</span>
      {point !== undefined && (
        <span className="badge" data-hue={statusLook(point.status).hue}>
          <StatusGlyph glyph={statusLook(point.status).glyph} />
        </span>
      )}
      <span>{pointText(point)}</span>
      {point !== undefined && (
        <Link href={`/runs/${point.run}?tab=events&event=${point.event}`}>event {point.event}</Link>
      )}
    </li>
  );
}
