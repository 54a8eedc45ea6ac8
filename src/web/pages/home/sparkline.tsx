const WIDTH = 240;
const HEIGHT = 40;

/** Numbers over time as bars without axes; the latest stands at the right. */
export function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const most = Math.max(1, ...values);
  const width = WIDTH / Math.max(1, values.length);
  const bars = values.map((value, index) => ({ x: index * width, height: (value / most) * HEIGHT }));

  return (
    <svg
      className="sparkline"
      role="img"
      aria-label={`${label}: at most ${most}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      {bars.map(({ x, height }) => (
        <rect key={x} x={x} y={HEIGHT - height} width={width * 0.7} height={height} />
      ))}
    </svg>
  );
}
