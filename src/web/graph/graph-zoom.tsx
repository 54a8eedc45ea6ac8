import { useReactFlow, useStore } from '@xyflow/react';
import { type RefObject, useEffect } from 'react';

type GraphZoomProps = {
  /** Whether the reader has chosen what of the picture is seen, and how near. */
  readonly moved: RefObject<boolean>;
};

const whole = { maxZoom: 1, padding: 0.05 };

/** Nearer, farther, all: for keys and fingers as for the wheel. */
export function GraphZoom({ moved }: GraphZoomProps) {
  const flow = useReactFlow();
  const width = useStore((state) => state.width);
  // What opens beside the picture takes room from it: all of it stays in sight, unless the reader chose otherwise.
  useEffect(() => {
    if (width > 0 && !moved.current) void flow.fitView(whole);
  }, [width, flow, moved]);
  const act = (change: () => Promise<boolean>, isOwn: boolean): void => {
    moved.current = isOwn;
    void change();
  };

  return (
    <div className="graph-zoom">
      <button type="button" aria-label="Bring nearer" onClick={() => act(flow.zoomIn, true)}>
        +
      </button>
      <button type="button" aria-label="Move away" onClick={() => act(flow.zoomOut, true)}>
        −
      </button>
      <button type="button" onClick={() => act(() => flow.fitView(whole), false)}>
        Fit
      </button>
    </div>
  );
}
