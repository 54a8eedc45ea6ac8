// What engines of mixed releases may write. A release that writes something new gives it a name, and every engine says
// which of these it understands: one is written only while all engines that are there do.
import type { Refusal } from './run/decide/command.ts';

const features = {
  bundles: 'bundles of a project',
  generations: 'journals that go on in another stream',
  models: 'tasks that ask models, and budgets of these,',
  sealed: 'runs whose values are sealed',
} as const;

/** What an earlier release does not understand. */
export type Feature = keyof typeof features;

/** What this release understands. */
export const knownFeatures = Object.keys(features) as readonly Feature[];

/** An engine that is there, as it announces itself. One that names no features is of an earlier release. */
export type ClusterMember = {
  readonly node: string;
  readonly release?: string | undefined;
  readonly understands?: readonly string[] | undefined;
};

/** Whether a feature may be written, and the engines that are in the way. */
export type FeatureGate = { readonly feature: Feature; readonly closedBy: readonly ClusterMember[] };

export function featureGates(members: Iterable<ClusterMember>): readonly FeatureGate[] {
  // An engine holds many leases.
  const byNode = new Map(Array.from(members, (member) => [member.node, member]));

  return knownFeatures.map((feature) => ({
    feature,
    closedBy: [...byNode.values()].filter(({ understands = [] }) => !understands.includes(feature)),
  }));
}

/** Answers why a feature may not be written now. */
export type FeatureRefusal = (feature: Feature) => Promise<Refusal | undefined>;

/** Why a feature may not be written now; undefined where all engines that are there understand it. */
export function closedFeature(feature: Feature, members: Iterable<ClusterMember>): Refusal | undefined {
  const closedBy = featureGates(members).find((gate) => gate.feature === feature)?.closedBy ?? [];
  if (closedBy.length === 0) return undefined;
  const message = `${features[feature]} are not understood by ${closedBy.map(memberText).join(', ')}; bring every engine to this release first (docs/upgrading.md)`;

  return { code: 'feature.closed', message };
}

export function memberText({ node, release = 'an older release' }: ClusterMember): string {
  return `${node} (${release})`;
}
