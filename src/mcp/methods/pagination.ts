import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { Principal } from '../../core/principal.js';
import { boundedString, invalidParams, MAX_LENGTH } from '../protocol/params.js';
import { Sealer } from '../client/sealer.js';

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** Bytes of JSON of the items of a page, where it has more than one. */
export const MAX_PAGE_BYTES = 1_048_576;

/** Pages of a list that is ordered by a key. A cursor is opaque, names the last key, and serves its principal alone. */
@Injectable()
export class Pagination {
  private readonly size: number;
  /** Bytes of JSON of each item: the same objects are listed again and again. */
  private readonly lengths = new WeakMap<object, number>();

  constructor(
    @Inject(Configuration) config: Configuration,
    private readonly sealer: Sealer,
  ) {
    this.size = config.mcp.pageSize;
  }

  /** The items of the first page, whoever asks for it. */
  firstOf<T>(items: readonly T[]): readonly T[] {
    return items.slice(0, this.endOfPage(items, 0));
  }

  /** The cursor to what comes after the item with a key. */
  cursorAfter(list: string, key: string, principal: Principal): string {
    return this.sealer.seal(purposeOf(list, principal), key);
  }

  /** @throws AppError `invalid_params` for a cursor that is not ours, or not for this list and principal. */
  page<T>(
    list: string,
    items: readonly T[],
    keyOf: (item: T) => string,
    cursor: unknown,
    principal: Principal,
  ): Page<T> {
    const start =
      cursor === undefined
        ? 0
        : this.startAfter(items, keyOf, this.openCursor(purposeOf(list, principal), cursor));
    const end = this.endOfPage(items, start);
    const page = items.slice(start, end);
    const last = page.at(-1);
    const isLast = end === items.length || last === undefined;
    return isLast
      ? { items: page }
      : { items: page, nextCursor: this.cursorAfter(list, keyOf(last), principal) };
  }

  /** The place behind the last item of a page. What is large is measured as far as it goes into the page. */
  private endOfPage(items: readonly unknown[], start: number): number {
    const most = Math.min(start + this.size, items.length);
    let bytes = 0;
    for (let at = start; at < most; at += 1) {
      bytes += this.lengthOf(items[at]);
      if (bytes > MAX_PAGE_BYTES && at > start) return at;
    }
    return most;
  }

  private lengthOf(item: unknown): number {
    const isObject = typeof item === 'object' && item !== null;
    const known = isObject ? this.lengths.get(item) : undefined;
    if (known !== undefined) return known;
    const length = Buffer.byteLength(JSON.stringify(item));
    if (isObject) this.lengths.set(item, length);
    return length;
  }

  private openCursor(purpose: string, cursor: unknown): string {
    const text = boundedString(cursor, 'params.cursor', MAX_LENGTH.cursor);
    const key = this.sealer.open(purpose, text);
    if (typeof key !== 'string')
      throw invalidParams('params.cursor is not a cursor that this list has given to you');
    return key;
  }

  private startAfter<T>(items: readonly T[], keyOf: (item: T) => string, key: string): number {
    let [from, to] = [0, items.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (keyOf(items[middle]!) > key) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}

const purposeOf = (list: string, { id }: Principal): string => `cursor:${list}:${id}`;
