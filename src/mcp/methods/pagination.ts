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

/** Pages of a list that is ordered by a key. A cursor is opaque, names the last key, and serves its principal alone. */
@Injectable()
export class Pagination {
  private readonly size: number;

  constructor(
    @Inject(Configuration) config: Configuration,
    private readonly sealer: Sealer,
  ) {
    this.size = config.mcp.pageSize;
  }

  /** Whether a list fits on one page, so that there is no cursor to it. */
  isOnePage(items: readonly unknown[]): boolean {
    return items.length <= this.size;
  }

  /** @throws AppError `invalid_params` for a cursor that is not ours, or not for this list and principal. */
  page<T>(
    list: string,
    items: readonly T[],
    keyOf: (item: T) => string,
    cursor: unknown,
    principal: Principal,
  ): Page<T> {
    const purpose = `cursor:${list}:${principal.id}`;
    const start = cursor === undefined ? 0 : this.startAfter(items, keyOf, this.openCursor(purpose, cursor));
    const page = items.slice(start, start + this.size);
    const last = page.at(-1);
    const isLast = start + this.size >= items.length || last === undefined;
    return isLast ? { items: page } : { items: page, nextCursor: this.sealer.seal(purpose, keyOf(last)) };
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
