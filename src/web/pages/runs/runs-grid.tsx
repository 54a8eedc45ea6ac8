import { type KeyboardEvent, useRef } from 'react';
import { Link } from 'wouter';
import type { RunLine } from '../../../api/run.ts';
import { StatusGlyph } from '../../parts/status-glyph.tsx';
import { statusLook } from '../../parts/status-look.ts';

const PER_DEFINITION_MAX = 40;

/** Runs by definition as a grid of statuses, the latest first; the arrow keys move in it. */
export function RunsGrid({ rows }: { readonly rows: readonly RunLine[] }) {
  const table = useRef<HTMLTableElement>(null);
  const groups = byDefinition(rows);

  return (
    <div className="table-scroll">
      <table ref={table} className="runs-grid" onKeyDown={(event) => moveFocus(event, table.current)}>
        <tbody>
          {groups.map(([id, lines]) => (
            <tr key={id}>
              <th scope="row">{id}</th>
              <td>
                {lines.slice(0, PER_DEFINITION_MAX).map((line) => (
                  <GridCell key={line.run} line={line} />
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function byDefinition(rows: readonly RunLine[]): readonly (readonly [string, readonly RunLine[]])[] {
  const groups = new Map<string, RunLine[]>();
  for (const line of rows) {
    const group = groups.get(line.definition.id);
    if (group === undefined) groups.set(line.definition.id, [line]);
    else group.push(line);
  }

  return [...groups];
}

function GridCell({ line }: { readonly line: RunLine }) {
  const { hue, glyph, word } = statusLook(line.shown);
  const label = `${word}, ${line.settled} of ${line.tasks} tasks, run ${line.shortId}`;

  return (
    <Link href={`/runs/${line.run}`} className="badge" data-hue={hue} title={label} aria-label={label}>
      <StatusGlyph glyph={glyph} size={16} />
    </Link>
  );
}

function moveFocus(event: KeyboardEvent, table: HTMLTableElement | null): void {
  const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
  const cells = [...(table?.rows ?? [])].map((row) => [...row.querySelectorAll<HTMLElement>('td a')]);
  const focused = document.activeElement as HTMLElement;
  const row = cells.findIndex((line) => line.includes(focused));
  if (by === undefined || row < 0) return;
  const column = cells[row]?.indexOf(focused) ?? 0;
  const line = cells[row + (by[0] ?? 0)];
  const next = line?.[Math.min(line.length - 1, column + (by[1] ?? 0))];
  event.preventDefault();
  next?.focus();
}
