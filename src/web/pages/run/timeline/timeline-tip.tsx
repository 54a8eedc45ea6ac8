/** What the bar or mark says that is pointed at, and where that is on the screen, in pixels. */
export type Tip = { readonly lines: readonly string[]; readonly x: number; readonly y: number };

const widthMax = 340;

/** Beside the bar that is pointed at or has the focus. Screen readers have the same from the bar itself. */
export function BarTip({ tip }: { readonly tip: Tip | undefined }) {
  if (tip === undefined) return null;
  const left = Math.max(8, Math.min(tip.x, window.innerWidth - widthMax - 8));

  return (
    <div className="bar-tip" aria-hidden="true" style={{ left, top: tip.y + 4, maxWidth: widthMax }}>
      {tip.lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}
