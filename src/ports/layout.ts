/** A box to be placed; its size in pixels. Those with the same `parent` stand inside of its box. */
export type LayoutBox = {
  readonly id: string;
  readonly parent?: string;
  readonly width: number;
  readonly height: number;
};
export type LayoutLine = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** What stands on the line, and needs room. */
  readonly label?: string | undefined;
};

type Point = { readonly x: number; readonly y: number };

/** Boxes with their places, inside of a group from its corner, and the corners of the lines in the whole picture. */
export type Placed = {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Point & { readonly width: number; readonly height: number }>;
  readonly lines: ReadonlyMap<string, readonly Point[]>;
};

/** Places the boxes of a directed graph in layers, from left to right or from top to bottom. */
export interface Layout {
  /** The same graph gives the same picture. Rejects when the graph is too large to be placed in time. */
  place(graph: {
    readonly boxes: readonly LayoutBox[];
    readonly lines: readonly LayoutLine[];
    readonly direction: 'right' | 'down';
  }): Promise<Placed>;
}
