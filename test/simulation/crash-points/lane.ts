// The thread of `main.ts`.
import { workAsLane } from '../lanes.ts';
import { crashAt, doubleCrash, type Piece, type PieceReport } from './points.ts';

workAsLane<Piece | number, PieceReport>(async (piece) =>
  crashAt(typeof piece === 'number' ? await doubleCrash(piece) : piece),
);
