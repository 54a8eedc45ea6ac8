import { useReactFlow, useStore } from '@xyflow/react';
import { type RefObject, useEffect } from 'react';
import { partInView } from './graph-window.ts';

type GraphZoomProps = {
  /** Whether the reader has chosen what of the picture is seen, and how near. */
  readonly moved: RefObject<boolean>;
  /** The box that is looked at when not all of them can be read at once. */
  readonly at: string | undefined;
};

const whole = { maxZoom: 1, padding: 0.05 };

/** Nearer, farther, all: for keys and fingers as for the wheel. */
export function GraphZoom({ moved, at }: GraphZoomProps) {
  const flow = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  // What opens beside the picture takes room from it: as much stays in sight as can be, unless the reader chose.
  useEffect(() => {
    if (width > 0 && height > 0 && !moved.current) show(flow, { frame: { width, height }, at });
  }, [width, height, flow, moved, at]);
  const act = (change: () => Promise<boolean>): void => {
    moved.current = true;
    void change();
  };

  return (
    <div className="graph-zoom">
      <button type="button" aria-label="Zoom in" onClick={() => act(flow.zoomIn)}>
        +
      </button>
      <button type="button" aria-label="Zoom out" onClick={() => act(flow.zoomOut)}>
        −
      </button>
      <button type="button" onClick={() => act(() => flow.fitView(whole))}>
        Fit
      </button>
    </div>
  );
}

type Shown = {
  readonly frame: { readonly width: number; readonly height: number };
  readonly at: string | undefined;
};

function show(flow: ReturnType<typeof useReactFlow>, { frame, at }: Shown): void {
  const bounds = flow.getNodesBounds(flow.getNodes());
  const box = at === undefined || flow.getNode(at) === undefined ? undefined : flow.getNodesBounds([at]);
  const part = partInView({ bounds, frame, at: box });
  void (part === undefined ? flow.fitView(whole) : flow.setViewport(part));
}
