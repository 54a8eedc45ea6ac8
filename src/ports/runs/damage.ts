import { damageText } from '../../../machines/run/record/damage-text.ts';

/**
 * Why a run is quarantined: no engine works on it and nothing is appended to its journal any more, until what is wrong
 * is mended. Events before `sequence` are sound.
 */
export type Damage = {
  /** `journal.altered`, `journal.broken-chain`, ..., or `definition.missing`. */
  readonly code: string;
  readonly sequence: number;
  /** The message of the journal that is not as it should be; of a missing event, the one that stands in its place. */
  readonly position: number;
  readonly message: string;
};

/** The run is quarantined, for the reason in `damage`. The reaction: leave it alone, a person has to mend it. */
export class RunQuarantined extends Error {
  override readonly name = 'RunQuarantined';
  readonly code = 'run.quarantined';
  readonly damage: Damage;

  constructor(damage: Damage) {
    super(`the run is quarantined: ${damageText(damage)}`);
    this.damage = damage;
  }
}
