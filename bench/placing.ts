import { createLayout } from '../src/project/layout.ts';

export const graphTasks = 150;

/** How long a graph of 150 tasks takes, by a thread that has begun. */
export async function placing(): Promise<number> {
  const layout = createLayout();
  const boxes = Array.from({ length: graphTasks }, (_, index) => ({
    id: `t${index}`,
    width: 180,
    height: 44,
  }));
  // Ten side by side, each behind two of those before it.
  const lines = boxes.slice(10).flatMap(({ id }, index) =>
    [index, Math.floor(index / 10) * 10 + ((index * 3 + 1) % 10)].map((from, way) => ({
      id: `${id} ${way}`,
      from: `t${from}`,
      to: id,
    })),
  );
  await layout.place({ boxes: boxes.slice(0, 1), lines: [], direction: 'right' });
  const began = performance.now();
  await layout.place({ boxes, lines, direction: 'right' });
  const tookMs = performance.now() - began;
  await layout.close();

  return tookMs;
}
