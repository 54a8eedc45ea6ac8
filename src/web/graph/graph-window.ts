type Rect = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

export type GraphWindow = {
  /** The boxes and the visible frame, in pixels. */
  readonly bounds: Rect;
  readonly frame: { readonly width: number; readonly height: number };
  /** What is looked at where not all of it can be; absent: the beginning. */
  readonly at: Rect | undefined;
};

/** Under this the names in the boxes are too small to be read. */
const LEGIBLE_MIN = 0.55;
/** Of a picture of which only a part is seen. */
const PART_ZOOM = 0.8;
const MARGIN = 24;

/** Where the picture is put when it is too large to be seen whole; undefined where all of it can be read. */
export function partInView({ bounds, frame, at }: GraphWindow) {
  const whole = Math.min(
    (frame.width - 2 * MARGIN) / bounds.width,
    (frame.height - 2 * MARGIN) / bounds.height,
  );
  if (whole >= LEGIBLE_MIN) return undefined;
  const middle = at ?? { x: bounds.x, y: bounds.y + bounds.height / 2, width: 0, height: 0 };

  return {
    zoom: PART_ZOOM,
    x: along({ from: bounds.x, size: bounds.width, room: frame.width, at: middle.x + middle.width / 2 }),
    y: along({ from: bounds.y, size: bounds.height, room: frame.height, at: middle.y + middle.height / 2 }),
  };
}

/** The shift that brings a box into view; zero if it is visible. */
export function nudge(box: Rect, frame: GraphWindow['frame']): { readonly x: number; readonly y: number } {
  return {
    x: outside(box.x, { size: box.width, room: frame.width }),
    y: outside(box.y, { size: box.height, room: frame.height }),
  };
}

type Along = { readonly from: number; readonly size: number; readonly room: number; readonly at: number };

/** The middle where it is asked for, but no emptier than it must be. */
function along({ from, size, room, at }: Along): number {
  const drawn = size * PART_ZOOM;
  if (drawn + 2 * MARGIN <= room) return (room - drawn) / 2 - from * PART_ZOOM;
  const first = MARGIN - from * PART_ZOOM;
  const last = room - MARGIN - (from + size) * PART_ZOOM;

  return Math.min(first, Math.max(last, room / 2 - at * PART_ZOOM));
}

function outside(from: number, { size, room }: { readonly size: number; readonly room: number }): number {
  if (from < MARGIN) return MARGIN - from;

  return from + size > room - MARGIN ? room - MARGIN - from - size : 0;
}
