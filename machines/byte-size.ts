import { z } from 'zod';

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** A number of bytes, or text such as `10MB` (powers of 1000) or `10MiB` (powers of 1024). */
export const ByteSize = z.union([z.int().min(0), z.string().transform(parseBytes)], {
  error: 'expected a number of bytes, or text such as "10MB" or "512KiB"',
});

function parseBytes(text: string, context: z.RefinementCtx<string>): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)$/.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : units[unit];
  if (amount !== undefined && factor !== undefined) return Math.floor(Number(amount) * factor);

  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no size; write "10MB" or "512KiB"`,
  });
  return z.NEVER;
}

/** Such as `1.5 GB`. */
export function bytesText(bytes: number): string {
  const unit = ['TB', 'GB', 'MB', 'KB'].find((each) => bytes >= (units[each] ?? 1)) ?? 'B';

  return `${Math.round((bytes / (units[unit] ?? 1)) * 10) / 10} ${unit}`;
}
