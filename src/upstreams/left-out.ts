import { cut } from '../core/quote.js';
import type { LeftOut, UpstreamCatalog } from './upstream.port.js';

/** Of what is left out for the same reason, so many are named; and of one catalogue, so many reasons are told apart. */
export const MAX_NAMED = 5;
export const MAX_REASONS = 20;
/** Characters of a name, and of a reason. */
const MAX_NAME = 100;
const MAX_REASON = 200;
const FURTHER = 'There are further reasons';

/** What of a catalogue is left out, gathered by reason. */
export class LeftOuts {
  private readonly found = new Map<string, LeftOut & { count: number; names: string[] }>();

  add(kind: LeftOut['kind'], reason: string, name: string): void {
    const one = this.of(kind, cut(reason, MAX_REASON));
    one.count += 1;
    if (one.names.length < MAX_NAMED) one.names.push(cut(name, MAX_NAME));
  }

  get all(): LeftOut[] {
    return [...this.found.values()];
  }

  private of(kind: LeftOut['kind'], reason: string): LeftOut & { count: number; names: string[] } {
    const known = this.found.get(`${kind} ${reason}`);
    if (known !== undefined) return known;
    if (this.found.size >= MAX_REASONS && reason !== FURTHER) return this.of(kind, FURTHER);
    const one = { kind, reason, count: 0, names: [] };
    this.found.set(`${kind} ${reason}`, one);
    return one;
  }
}

/** Whether a list of it failed. */
export const lacksLists = ({ leftOut = [] }: UpstreamCatalog): boolean =>
  leftOut.some(({ isWholeList }) => isWholeList === true);

/** The catalogue, with what was listed last in place of the lists that failed. */
export function withLastKnown(
  catalog: UpstreamCatalog,
  before: UpstreamCatalog | undefined,
): UpstreamCatalog {
  const failed = (catalog.leftOut ?? []).filter(({ isWholeList }) => isWholeList).map(({ kind }) => kind);
  const known = failed.filter((kind) => (before?.[kind].length ?? 0) > 0);
  return { ...catalog, ...Object.fromEntries(known.map((kind) => [kind, before?.[kind]])) };
}
